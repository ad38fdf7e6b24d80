import { z } from 'zod'
import { passed, type Scorer } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { jsonEqual } from './json-equal.ts'
import { atPointer, jsonPointer } from './json-pointer.ts'
import { jsonOf, jsonSource, textOf } from './output-source.ts'
import { readReferences, referenceSource } from './reference.ts'
import { binaryScore, scoreEntry } from './score-entry.ts'

/**
 * Whether the output is the reference: the text, or with `at` a part of the JSON. Text is compared without the white space
 * around it, and with `ignoreCase` in any case (Unicode's simple folding of the locale-free lower case).
 */
export const exactSettings = z.strictObject({
  ...scoreEntry({ detector: 'page', direction: 'higher-better' }),
  from: z.literal('exact'),
  ...referenceSource,
  at: jsonPointer.optional(),
  ignoreCase: z.boolean().default(false),
  ...jsonSource,
})
export type ExactSettings = z.infer<typeof exactSettings>

export function exactScorer(settings: ExactSettings): Scorer {
  const { at, ignoreCase, tool, fences } = settings
  const references = readReferences(settings.name, settings.reference)
  const same = (output: unknown, reference: unknown): boolean =>
    typeof output === 'string' && typeof reference === 'string'
      ? plain(output, ignoreCase) === plain(reference, ignoreCase)
      : output !== undefined && jsonEqual(output, reference)
  return {
    ...binaryScore(settings, scorerVersion('exact 1', { at, ignoreCase, tool, fences }, [references.text])),
    score(record) {
      const known = references.of(record)
      if (at === undefined && tool === undefined) {
        const read = textOf(record)
        if ('outcome' in read) return read.outcome
        if ('outcome' in known) return known.outcome
        const { reference } = known
        return passed(same(read.text, typeof reference === 'string' ? reference : JSON.stringify(reference)))
      }
      const read = jsonOf(record, settings)
      if ('outcome' in read) return read.outcome
      return 'outcome' in known ? known.outcome : passed(same(atPointer(read.json, at ?? ''), known.reference))
    },
  }
}

function plain(text: string, ignoreCase: boolean): string {
  return ignoreCase ? text.trim().toLowerCase() : text.trim()
}
