import { distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { missing, valueOf, type Scorer } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { readReferences, referenceSource } from './reference.ts'
import { comparedTexts, textSource } from './reference-text.ts'
import { numberScore, scoreEntry } from './score-entry.ts'

/** 1 minus the Levenshtein distance to the reference over the longer length, in UTF-16 units: 1 for the same text. */
export const editSimilaritySettings = z.strictObject({
  ...scoreEntry({ detector: 'page', direction: 'higher-better' }),
  from: z.literal('edit-similarity'),
  ...referenceSource,
  /** Longer texts are missing: the time grows with the product of both lengths. */
  maximumCharacters: z.number().int().min(1).max(20_000).default(5000),
  ...textSource,
})
export type EditSimilaritySettings = z.infer<typeof editSimilaritySettings>

export function editSimilarityScorer(settings: EditSimilaritySettings): Scorer {
  const { at, tool, fences, maximumCharacters } = settings
  const references = readReferences(settings.name, settings.reference)
  const version = scorerVersion('edit-similarity 1', { at, tool, fences, maximumCharacters }, [references.text])
  return {
    ...numberScore(settings, version, 'share'),
    score(record) {
      const texts = comparedTexts(record, settings, references)
      if ('outcome' in texts) return texts.outcome
      const longer = Math.max(texts.output.length, texts.reference.length)
      if (longer === 0) return valueOf(1)
      if (longer > maximumCharacters)
        return missing('too_large', `${longer} characters, ${maximumCharacters} are compared`)
      return valueOf(1 - distance(texts.output, texts.reference) / longer)
    },
  }
}
