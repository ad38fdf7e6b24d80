import type { Origin, OutputShape, Route, ValidationOutcome } from '@tidemark/instrumentation/semconv'

/** Identifies a span: 32 and 16 lower-case hex digits. */
export type SpanId = { readonly traceId: string; readonly spanId: string }

/**
 * One LLM call, the unit of everything the evaluator counts: the innermost inference span, reduced to what drift
 * detection needs. Times are epoch milliseconds, `latencySeconds` is the whole operation with its retries.
 */
export type CallRecord = SpanId & {
  readonly parentSpanId: string | null
  readonly agent: string
  readonly startedAt: number
  readonly latencySeconds: number
  /** `error.type` of a call that failed, else null. Failed calls carry no output and are excluded from the scores. */
  readonly errorType: string | null
  readonly operation: string
  readonly provider: string | null
  readonly requestModel: string | null
  readonly responseModel: string | null
  readonly responseId: string | null
  readonly systemFingerprint: string | null
  readonly finishReason: string | null
  readonly promptName: string | null
  readonly promptVersion: string | null
  readonly promptHash: string | null
  readonly toolsHash: string | null
  readonly dataVersion: string | null
  readonly inputHash: string | null
  readonly segment: string | null
  readonly conversationId: string | null
  readonly userHash: string | null
  readonly variant: string
  readonly origin: Origin
  readonly outputShape: OutputShape | null
  readonly outputCharacters: number | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly attempts: number | null
  readonly samplingProbability: number | null
  /** Content, only where the agent sent it: JSON text of the convention's messages. */
  readonly input: string | null
  readonly output: string | null
}

/** One validation of one output. It belongs to the call whose span is its parent, else to the one with its response id. */
export type ValidationRecord = SpanId & {
  readonly parentSpanId: string | null
  readonly agent: string
  readonly at: number
  readonly responseId: string | null
  readonly outcome: ValidationOutcome
  readonly schemaName: string | null
  readonly schemaHash: string | null
  readonly issues: readonly string[]
}

/** One decision of an agent: handled automatically, or handed to a human, or neither. */
export type DecisionRecord = SpanId & {
  readonly parentSpanId: string | null
  readonly agent: string
  readonly at: number
  readonly route: Route
  readonly reason: string | null
  readonly confidence: number | null
  readonly conversationId: string | null
}

/** A step of a run that is no model call: an agent that was entered, or a tool that was executed. */
export type StepRecord = SpanId & {
  readonly agent: string
  readonly startedAt: number
  readonly durationSeconds: number
  readonly kind: 'agent' | 'tool'
  /** Of the tool, or of the agent that was entered. */
  readonly name: string
}

/** What one request of telemetry holds once it is read. */
export type TelemetryBatch = {
  readonly calls: readonly CallRecord[]
  readonly validations: readonly ValidationRecord[]
  readonly decisions: readonly DecisionRecord[]
  /** Only from spans: imported lines have none. */
  readonly steps?: readonly StepRecord[]
}

/** Why a span, a whole body, or a part of a span was refused; each is counted under this reason. */
export const REJECTION_REASONS = [
  'malformed',
  'body_too_large',
  'unsupported',
  'bad_identifier',
  'clock_in_the_past',
  'clock_in_the_future',
  'no_agent',
  'unknown_agent',
  'too_many_agents',
  'not_allowed',
  'attribute_too_long',
  'bad_value',
  'content_too_long',
  'wrong_type',
  'busy',
  'rate_limited',
] as const
export type RejectionReason = (typeof REJECTION_REASONS)[number]

/** One refused span, with a sentence for the sender: what was wrong, with the value, and what to do. */
export type Rejection = { readonly agent: string; readonly reason: RejectionReason; readonly message: string }
