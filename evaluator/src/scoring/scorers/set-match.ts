import { z } from 'zod'
import type { ScoreDefinition, Scorer } from '../scorer.ts'
import { passed, valueOf } from '../scorer.ts'
import { canonicalJson, scorerVersion } from '../scorer-version.ts'
import { atPointer, jsonPointer } from './json-pointer.ts'
import { jsonOf, jsonSource } from './output-source.ts'
import { readReferences, referenceSource } from './reference.ts'
import { binaryScore, numberScore, scoreEntry } from './score-entry.ts'

/**
 * How a list of the output covers the list of the reference, whatever the order: `equal` (0 or 1), or precision, recall or
 * their harmonic mean. Output without a list there counts as an empty one.
 */
export const setSettings = z.strictObject({
  ...scoreEntry({ detector: 'page', direction: 'higher-better' }),
  from: z.literal('set'),
  ...referenceSource,
  at: jsonPointer.default(''),
  measure: z.enum(['equal', 'precision', 'recall', 'f1']).default('f1'),
  ...jsonSource,
})
export type SetSettings = z.infer<typeof setSettings>

export function setScorer(settings: SetSettings): Scorer {
  const { at, measure, tool, fences } = settings
  const references = readReferences(settings.name, settings.reference)
  const version = scorerVersion('set 1', { at, measure, tool, fences }, [references.text])
  const definition: ScoreDefinition =
    measure === 'equal' ? binaryScore(settings, version) : numberScore(settings, version, 'share')
  return {
    ...definition,
    score(record) {
      const read = jsonOf(record, settings)
      if ('outcome' in read) return read.outcome
      const known = references.of(record)
      if ('outcome' in known) return known.outcome
      const output = membersOf(atPointer(read.json, at))
      const reference = membersOf(known.reference)
      const common = [...output].filter((member) => reference.has(member)).length
      if (measure === 'equal') return passed(common === output.size && common === reference.size)
      return valueOf(measured(measure, { output: output.size, reference: reference.size, common }))
    },
  }
}

type Overlap = { readonly output: number; readonly reference: number; readonly common: number }

/** Two empty sets agree; one empty set and one that is not have nothing in common. */
function measured(measure: 'precision' | 'recall' | 'f1', { output, reference, common }: Overlap): number {
  if (output === 0 && reference === 0) return 1
  if (common === 0) return 0
  if (measure === 'precision') return common / output
  if (measure === 'recall') return common / reference
  return (2 * common) / (output + reference)
}

function membersOf(value: unknown): Set<string> {
  return new Set((Array.isArray(value) ? value : []).map((member) => canonicalJson(member)))
}
