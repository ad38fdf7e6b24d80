import { answerShape } from '@tidemark/instrumentation'
import type { CallRecord } from '../domain/records.ts'
import { outputContent } from './message-text.ts'

/**
 * The call with form and length of its output, read from the text where the sender did not say them: other
 * instrumentations send messages and no descriptors. What was said stays; a call without text stays as it is.
 */
export function withOutputForm(call: CallRecord): CallRecord {
  const { output, outputShape, outputCharacters } = call
  if (output === null || (outputShape !== null && outputCharacters !== null)) return call
  const { text, toolCalls } = outputContent(output)
  return {
    ...call,
    outputShape: outputShape ?? answerShape({ text, hasToolCalls: toolCalls.length > 0, isRefused: false }),
    outputCharacters: outputCharacters ?? text.length,
  }
}
