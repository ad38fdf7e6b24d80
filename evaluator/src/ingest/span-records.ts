import { ORIGINS, OUTPUT_SHAPES, ROUTES, VALIDATION_OUTCOMES } from '@tidemark/instrumentation/semconv'
import type { CallRecord, DecisionRecord, SpanId, ValidationRecord } from '../domain/records.ts'
import type { SpanReading } from './span-reading.ts'

/** What every record of a span has, once the span itself is known to be good. Times are epoch milliseconds. */
export type SpanFrame = SpanId & {
  readonly parentSpanId: string | null
  readonly agent: string
  readonly startedAt: number
  readonly endedAt: number
  readonly latencySeconds: number
  readonly hasErrorStatus: boolean
}

const DEFAULT_VARIANT = 'control'
const DEFAULT_ORIGIN = 'production'
/** The convention's name for an error without a name of its own. */
const OTHER_ERROR = '_OTHER'

/** Null where the reading holds a refusal. An origin that is wrong refuses: taken for production it would spoil the streams. */
export function readCall(frame: SpanFrame, reading: SpanReading): CallRecord | null {
  const origin = reading.neededChoice('origin', ORIGINS, DEFAULT_ORIGIN)
  if (origin === null) return null
  const record: CallRecord = {
    traceId: frame.traceId,
    spanId: frame.spanId,
    parentSpanId: frame.parentSpanId,
    agent: frame.agent,
    startedAt: frame.startedAt,
    latencySeconds: frame.latencySeconds,
    errorType: reading.text('errorType') ?? (frame.hasErrorStatus ? OTHER_ERROR : null),
    operation: reading.text('operation') ?? '',
    provider: reading.text('provider'),
    requestModel: reading.text('requestModel'),
    responseModel: reading.text('responseModel'),
    responseId: reading.text('responseId'),
    systemFingerprint: reading.text('systemFingerprint'),
    finishReason: reading.firstText('finishReasons'),
    promptName: reading.text('promptName'),
    promptVersion: reading.label('promptVersion'),
    promptHash: reading.text('promptHash'),
    toolsHash: reading.text('toolsHash'),
    dataVersion: reading.text('dataVersion'),
    inputHash: reading.text('inputHash'),
    segment: reading.text('segment'),
    conversationId: reading.text('conversationId'),
    userHash: reading.text('userHash'),
    variant: reading.text('variant') ?? DEFAULT_VARIANT,
    origin,
    outputShape: reading.choice('outputShape', OUTPUT_SHAPES),
    outputCharacters: reading.count('outputCharacters'),
    inputTokens: reading.count('inputTokens'),
    outputTokens: reading.count('outputTokens'),
    attempts: reading.count('attempts'),
    samplingProbability: reading.number('samplingProbability', (value) => value > 0 && value <= 1),
    input: reading.content('input'),
    output: reading.content('output'),
  }
  return reading.refusal === null ? record : null
}

/** Null where the reading holds a refusal: without its outcome a validation says nothing. */
export function readValidation(frame: SpanFrame, reading: SpanReading): ValidationRecord | null {
  const outcome = reading.neededChoice('validationOutcome', VALIDATION_OUTCOMES, null)
  if (outcome === null) return null
  const record: ValidationRecord = {
    traceId: frame.traceId,
    spanId: frame.spanId,
    parentSpanId: frame.parentSpanId,
    agent: frame.agent,
    at: frame.endedAt,
    responseId: reading.text('responseId'),
    outcome,
    schemaName: reading.text('schemaName'),
    schemaHash: reading.text('schemaHash'),
    issues: reading.texts('validationIssues'),
  }
  return reading.refusal === null ? record : null
}

/** Null where the reading holds a refusal: without its route a decision says nothing. */
export function readDecision(frame: SpanFrame, reading: SpanReading): DecisionRecord | null {
  const route = reading.neededChoice('route', ROUTES, null)
  if (route === null) return null
  const record: DecisionRecord = {
    traceId: frame.traceId,
    spanId: frame.spanId,
    parentSpanId: frame.parentSpanId,
    agent: frame.agent,
    at: frame.endedAt,
    route,
    reason: reading.text('escalationReason'),
    confidence: reading.number('confidence', () => true),
    conversationId: reading.text('conversationId'),
  }
  return reading.refusal === null ? record : null
}
