import type { ChatAnswer } from '../src/demo/openai-server.ts'
import type { RecordedCall, Recording } from './recordings.ts'

/** Request header that says which recorded case is asked. */
export const CASE_HEADER = 'x-recorded-case'

/** The answering part of a recorded call. */
export type RecordedAnswer = Pick<
  RecordedCall,
  'model' | 'output_kind' | 'output' | 'tool_calls' | 'latency_s' | 'input_tokens' | 'output_tokens'
>

/** Answers by the name of the run and the id of the case: what the provider's thread is given. */
export type RecordedAnswers = ReadonlyMap<string, ReadonlyMap<string, RecordedAnswer>>

export function answersOf(recordings: readonly Recording[]): RecordedAnswers {
  return new Map(
    recordings.map(({ run, calls }) => [run.run, new Map([...calls].map(([id, call]) => [id, answerPart(call)]))]),
  )
}

function answerPart({
  model,
  output_kind,
  output,
  tool_calls,
  latency_s,
  input_tokens,
  output_tokens,
}: RecordedCall): RecordedAnswer {
  return { model, output_kind, output, tool_calls, latency_s, input_tokens, output_tokens }
}

/** What a call without a recorded latency is given: the same for all, so that it says nothing. Seconds. */
const UNKNOWN_LATENCY = 1

/** The answer as the API would have sent it. `limit` is the request's `max_tokens`. */
export function answerFrom(recorded: RecordedAnswer, limit: number): ChatAnswer {
  const { input_tokens: inputTokens, output_tokens: outputTokens } = recorded
  const usage = inputTokens === null || outputTokens === null ? null : { inputTokens, outputTokens }
  const common = {
    kind: 'answer' as const,
    model: recorded.model,
    usage,
    latencySeconds: recorded.latency_s ?? UNKNOWN_LATENCY,
  }
  const toolCalls = recorded.tool_calls ?? []
  const isCut = outputTokens !== null && outputTokens >= limit
  switch (recorded.output_kind) {
    case 'text':
      return { ...common, content: recorded.output, toolCalls: [], finishReason: isCut ? 'length' : 'stop' }
    case 'tool_calls':
      return { ...common, content: null, toolCalls, finishReason: isCut ? 'length' : 'tool_calls' }
    case 'mixed':
      return { ...common, content: textOf(recorded.output), toolCalls, finishReason: isCut ? 'length' : 'tool_calls' }
    case 'provider_block':
      return { ...common, content: null, toolCalls: [], finishReason: 'content_filter' }
    default:
      return recorded.output_kind satisfies never
  }
}

/** The recording of a mixed output is a JSON list of calls and texts; output that is no such list is the text itself. */
function textOf(output: string): string {
  try {
    const parts: unknown = JSON.parse(output)
    if (Array.isArray(parts)) return parts.filter((part) => typeof part === 'string').join('')
  } catch {
    return output
  }
  return output
}
