import type { Origin, ValidationOutcome } from '@tidemark/instrumentation/semconv'

/** One question to the agent: by the harness, by a replay, by the gate. */
export type TargetRequest = {
  /** Id of the example. */
  readonly id: string
  /** As the example has it: a text, messages, any JSON. */
  readonly input: unknown
  readonly segment: string | null
  /** From 1; an input may be asked more than once. */
  readonly run: number
  /** Goes with the call, so that the agent's own spans say it: only `production` enters production streams. */
  readonly origin: Exclude<Origin, 'production'>
  /** The same for every attempt of this question, also after an interruption. */
  readonly idempotencyKey: string
}

/** What the agent answered. `output` is text, or the JSON of the convention's messages. Null is "it did not say". */
export type TargetAnswer = {
  readonly output: string
  readonly latencySeconds: number
  readonly validation: ValidationOutcome | null
  readonly model: string | null
  readonly provider: string | null
  readonly promptName: string | null
  readonly promptVersion: string | null
  readonly toolsHash: string | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly attempts: number | null
  readonly costUsd: number | null
}

/** Why a question has no answer: the taxonomy of every report. */
export const TARGET_FAILURES = ['refused', 'unreachable', 'timed_out', 'crashed', 'threw', 'bad_answer'] as const
export type TargetFailureKind = (typeof TARGET_FAILURES)[number]

export type TargetOutcome =
  | { readonly kind: 'answer'; readonly answer: TargetAnswer }
  | {
      readonly kind: TargetFailureKind
      readonly detail: string
      /** Another attempt may go better. */
      readonly isRetryable: boolean
      /** Seconds the target asked to wait; null where it said nothing. */
      readonly retryAfterSeconds: number | null
    }

/** The agent as something that can be asked. A call never throws: what goes wrong is an outcome. */
export type Target = {
  ask(request: TargetRequest, signal: AbortSignal): Promise<TargetOutcome>
  close(): Promise<void>
}
