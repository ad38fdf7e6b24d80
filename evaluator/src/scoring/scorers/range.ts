import { z } from 'zod'
import { passed, type Scorer } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { atPointer, jsonPointer } from './json-pointer.ts'
import { jsonOf, jsonSource } from './output-source.ts'
import { binaryScore, scoreEntry } from './score-entry.ts'

/** Whether a number of the output lies between two limits, which belong to the range. Anything but a number fails it. */
export const rangeSettings = z
  .strictObject({
    ...scoreEntry({ detector: 'page', direction: 'higher-better' }),
    from: z.literal('range'),
    at: jsonPointer,
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    ...jsonSource,
  })
  .refine(({ minimum, maximum }) => minimum !== undefined || maximum !== undefined, 'give minimum, maximum or both')
  .refine(
    ({ minimum = -Infinity, maximum = Infinity }) => minimum <= maximum,
    'the minimum is above the maximum: no number lies between them',
  )
export type RangeSettings = z.infer<typeof rangeSettings>

export function rangeScorer(settings: RangeSettings): Scorer {
  const { at, minimum = -Infinity, maximum = Infinity, tool, fences } = settings
  const limits = { minimum: settings.minimum, maximum: settings.maximum }
  return {
    ...binaryScore(settings, scorerVersion('range 1', { at, ...limits, tool, fences })),
    score(record) {
      const read = jsonOf(record, settings)
      if ('outcome' in read) return read.outcome
      const value = atPointer(read.json, at)
      return passed(typeof value === 'number' && value >= minimum && value <= maximum)
    },
  }
}
