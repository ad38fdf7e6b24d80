import { z } from 'zod'
import { missing, SKIPPED, valueOf, type Scorer } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { categoryScore, scoreEntry } from './score-entry.ts'

/** Which tools the model called, in the order of their calls; `no tool` where it answered with text alone. */
export const toolChoiceSettings = z.strictObject({
  ...scoreEntry({ detector: 'page', direction: 'none' }),
  from: z.literal('tool-choice'),
})
export type ToolChoiceSettings = z.infer<typeof toolChoiceSettings>

export const NO_TOOL = 'no tool'
/** A model that calls forty tools is a category of its own kind, and its name must stay a label. */
const MAXIMUM_CHARACTERS = 100

export function toolChoiceScorer(settings: ToolChoiceSettings): Scorer {
  return {
    ...categoryScore(settings, scorerVersion('tool-choice 1', {})),
    score({ output, outputShape, isContentSampledOut }) {
      if (output !== null) {
        const names = output.toolCalls.map(({ name }) => name)
        return valueOf(names.length === 0 ? NO_TOOL : names.join(', ').slice(0, MAXIMUM_CHARACTERS).toWellFormed())
      }
      if (isContentSampledOut) return SKIPPED
      if (outputShape !== null && outputShape !== 'tool_calls') return valueOf(NO_TOOL)
      return missing('no_content', 'the call carries no text, which names its tools')
    },
  }
}
