import { APIConnectionTimeoutError, APIError, APIUserAbortError, type OpenAI } from 'openai'
import { judgeAnswerSchema, type JudgeMessage } from './judge-prompt.ts'
import type { JudgeReply } from './judge-answer.ts'
import type { AttemptLog, JudgeClient } from './judge-client.ts'
import type { CallUsage } from './judge-price.ts'
import type { Rubric } from './rubric.ts'

/** How one call to the judge's provider ended. */
export type CallResult =
  | { readonly kind: 'replied'; readonly reply: JudgeReply; readonly usage: CallUsage | null }
  | { readonly kind: 'failed'; readonly reason: 'provider_error' | 'timeout'; readonly detail: string }

/** A result, and the attempts at it that may have been billed although they gave nothing. */
export type JudgeCall = { readonly result: CallResult; readonly lostAttempts: number }

/** What a provider turned out not to know; remembered for the life of a judge, so that it is asked once. */
export type ProviderLimits = { structuredOutput: boolean; completionTokens: boolean }

export type JudgeQuestion = {
  readonly model: string
  readonly temperature: number | null
  readonly maximumOutputTokens: number
  readonly rubric: Rubric
  readonly messages: readonly JudgeMessage[]
}

/** Asks once; where the provider refuses a parameter it does not know, once more without it. Never rejects. */
export async function callJudge(
  client: JudgeClient,
  question: JudgeQuestion,
  limits: ProviderLimits,
  signal: AbortSignal,
): Promise<JudgeCall> {
  const log: AttemptLog = { statuses: [] }
  for (;;) {
    const asked = { ...limits }
    try {
      const completion = await client.counting(log, () =>
        client.openai.chat.completions.create(requestBody(question, asked), { signal }),
      )
      return { result: replied(completion), lostAttempts: lost(log, 1) }
    } catch (error) {
      if (!signal.aborted && learns(error, asked, limits)) continue
      return { result: failed(error), lostAttempts: lost(log, 0) }
    }
  }
}

function requestBody(
  { model, temperature, maximumOutputTokens, rubric, messages }: JudgeQuestion,
  { structuredOutput, completionTokens }: ProviderLimits,
): OpenAI.ChatCompletionCreateParamsNonStreaming {
  return {
    model,
    messages: [...messages],
    ...(temperature === null ? {} : { temperature }),
    ...(completionTokens ? { max_completion_tokens: maximumOutputTokens } : { max_tokens: maximumOutputTokens }),
    ...(structuredOutput
      ? {
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'judgement', strict: true, schema: { ...judgeAnswerSchema(rubric) } },
          },
        }
      : {}),
  }
}

function replied(completion: unknown): CallResult {
  const [choice] = list(field(completion, 'choices'))
  const message = field(choice, 'message')
  const usage = field(completion, 'usage')
  const inputTokens = count(field(usage, 'prompt_tokens'))
  const outputTokens = count(field(usage, 'completion_tokens'))
  return {
    kind: 'replied',
    reply: {
      text: text(field(message, 'content')),
      refusal: text(field(message, 'refusal')),
      finishReason: text(field(choice, 'finish_reason')),
    },
    usage:
      inputTokens === undefined || outputTokens === undefined
        ? null
        : {
            model: text(field(completion, 'model')) ?? '',
            inputTokens,
            outputTokens,
            cachedTokens: count(field(field(usage, 'prompt_tokens_details'), 'cached_tokens')) ?? 0,
          },
  }
}

/** Turns off what a 4xx names as unknown. False: there is nothing more to turn off. */
function learns(error: unknown, asked: ProviderLimits, limits: ProviderLimits): boolean {
  if (!(error instanceof APIError) || ![400, 404, 422, 501].includes(error.status ?? 0)) return false
  if (asked.structuredOutput && /response_format|json_schema|structured output/iu.test(error.message)) {
    limits.structuredOutput = false
    return true
  }
  if (asked.completionTokens && /max_completion_tokens/iu.test(error.message)) {
    limits.completionTokens = false
    return true
  }
  return false
}

/** Only what the error is: its message may repeat what was sent. */
function failed(error: unknown): CallResult {
  if (error instanceof APIConnectionTimeoutError || error instanceof APIUserAbortError)
    return { kind: 'failed', reason: 'timeout', detail: 'no answer in time' }
  if (error instanceof APIError && error.status !== undefined)
    return { kind: 'failed', reason: 'provider_error', detail: `HTTP ${error.status}` }
  const name = error instanceof Error ? error.name : 'unknown'
  return { kind: 'failed', reason: 'provider_error', detail: name }
}

/** Attempts that got neither an error status nor the answer: cut off on this side, perhaps finished on the other. */
function lost({ statuses }: AttemptLog, answers: number): number {
  return Math.max(0, statuses.filter((status) => status === null || status < 400).length - answers)
}

/** What a provider sends is whatever it sends, whatever the client's types say. */
function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined
}
