import { answerOfObject, type Answer } from './answer.ts'
import { arrayOf, fieldOf, numberOf, recordOf, textOf } from './untyped.ts'

/** Tokens as billed: cached ones are part of the input, reasoning ones of the output. `undefined` is unknown, never 0. */
export interface TokenCounts {
  readonly input: number | undefined
  readonly output: number | undefined
  readonly cacheReadInput: number | undefined
  readonly reasoningOutput: number | undefined
}

/** What a parsed answer says of itself. */
export interface ResponseFacts {
  readonly id: string | undefined
  readonly model: string | undefined
  readonly systemFingerprint: string | undefined
  readonly serviceTier: string | undefined
  readonly finishReasons: readonly string[]
  readonly tokens: TokenCounts
  /** `undefined` for embeddings and for bodies that are no answer. */
  readonly answer: Answer | undefined
}

export function responseFacts(body: unknown): ResponseFacts {
  const record = recordOf(body) ?? {}
  const answer = answerOfObject(record)
  const choices = arrayOf(record['choices']).map((choice) => textOf(fieldOf(choice, 'finish_reason')))
  const reasons = choices.length > 0 ? choices : [answer?.finishReason]
  return {
    id: textOf(record['id']),
    model: textOf(record['model']),
    systemFingerprint: textOf(record['system_fingerprint']),
    serviceTier: textOf(record['service_tier']),
    finishReasons: reasons.filter((reason) => reason !== undefined),
    tokens: tokenCounts(record['usage']),
    answer,
  }
}

/** A provider's error as a short code: its own code, else its type, else `undefined`. */
export function providerErrorCode(body: unknown): string | undefined {
  const error = fieldOf(body, 'error')
  return [fieldOf(error, 'code'), fieldOf(error, 'type')]
    .map(textOf)
    .find((code) => code !== undefined && SHORT_CODE.test(code))
}
const SHORT_CODE = /^[a-z][a-z0-9_.-]{0,63}$/iu

function tokenCounts(usage: unknown): TokenCounts {
  const details = fieldOf(usage, 'prompt_tokens_details') ?? fieldOf(usage, 'input_tokens_details')
  const outputDetails = fieldOf(usage, 'completion_tokens_details') ?? fieldOf(usage, 'output_tokens_details')
  return {
    input: numberOf(fieldOf(usage, 'prompt_tokens')) ?? numberOf(fieldOf(usage, 'input_tokens')),
    output: numberOf(fieldOf(usage, 'completion_tokens')) ?? numberOf(fieldOf(usage, 'output_tokens')),
    cacheReadInput: numberOf(fieldOf(details, 'cached_tokens')),
    reasoningOutput: numberOf(fieldOf(outputDetails, 'reasoning_tokens')),
  }
}
