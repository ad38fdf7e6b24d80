import { z } from 'zod'
import { missing, passed, type Scorer } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { binaryScore, scoreEntry } from './score-entry.ts'

/** Whether the model answered instead of refusing: 1 for no refusal, by the validation or by the form of the output. */
export const refusalSettings = z.strictObject({
  ...scoreEntry({ detector: 'page', direction: 'higher-better' }),
  from: z.literal('refusal'),
})
export type RefusalSettings = z.infer<typeof refusalSettings>

export function refusalScorer(settings: RefusalSettings): Scorer {
  return {
    ...binaryScore(settings, scorerVersion('refusal 1', {})),
    score({ outputShape, validation }) {
      if (outputShape === null && validation === null) return missing('not_reported', 'neither form nor validation')
      return passed(outputShape !== 'refusal' && validation !== 'refused')
    },
  }
}
