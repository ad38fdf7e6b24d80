import { z } from 'zod'
import { missing, valueOf, type Scorer } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { readReferences, referenceSource } from './reference.ts'
import { comparedTexts, textSource } from './reference-text.ts'
import { numberScore, scoreEntry } from './score-entry.ts'

/**
 * ROUGE-L: the F-measure (β = 1) of the longest common subsequence of tokens of output and reference. Tokens are runs of
 * letters and digits in lower case, without stemming. (C.-Y. Lin, "ROUGE: A Package for Automatic Evaluation of Summaries",
 * 2004, section 3.)
 */
export const rougeLSettings = z.strictObject({
  ...scoreEntry({ detector: 'page', direction: 'higher-better' }),
  from: z.literal('rouge-l'),
  ...referenceSource,
  /** Longer texts are missing: the time grows with the product of both counts. */
  maximumTokens: z.number().int().min(1).max(5000).default(2000),
  ...textSource,
})
export type RougeLSettings = z.infer<typeof rougeLSettings>

export function rougeLScorer(settings: RougeLSettings): Scorer {
  const { at, tool, fences, maximumTokens } = settings
  const references = readReferences(settings.name, settings.reference)
  const version = scorerVersion('rouge-l 1', { at, tool, fences, maximumTokens }, [references.text])
  return {
    ...numberScore(settings, version, 'share'),
    score(record) {
      const texts = comparedTexts(record, settings, references)
      if ('outcome' in texts) return texts.outcome
      const output = tokensOf(texts.output)
      const reference = tokensOf(texts.reference)
      const longer = Math.max(output.length, reference.length)
      if (longer > maximumTokens) return missing('too_large', `${longer} tokens, ${maximumTokens} are compared`)
      return valueOf(rougeL(output, reference))
    },
  }
}

/** Between 0 and 1; two texts without tokens are the same. */
export function rougeL(output: readonly string[], reference: readonly string[]): number {
  if (output.length === 0 && reference.length === 0) return 1
  const common = commonSubsequence(output, reference)
  return (2 * common) / (output.length + reference.length)
}

function tokensOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

/** Length of the longest common subsequence, one row at a time. */
function commonSubsequence(a: readonly string[], b: readonly string[]): number {
  const numbers = new Map<string, number>()
  const numberOf = (token: string): number => {
    const known = numbers.get(token) ?? numbers.size
    numbers.set(token, known)
    return known
  }
  const left = a.map(numberOf)
  const right = b.map(numberOf)
  let row = new Uint16Array(right.length + 1)
  for (const token of left) {
    const next = new Uint16Array(right.length + 1)
    for (let j = 1; j <= right.length; j++)
      next[j] = right[j - 1] === token ? row[j - 1]! + 1 : Math.max(row[j]!, next[j - 1]!)
    row = next
  }
  return row[right.length] ?? 0
}
