import { createHash } from 'node:crypto'
import type { ValidationOutcome } from '@tidemark/instrumentation/semconv'
import type { CallRecord, DecisionRecord, ValidationRecord } from '../src/domain/records.ts'
import { withDefaultScores, type ScoredCall } from '../src/scoring/scored-call.ts'

export const DAY = 86_400_000
/** A midnight, so that days are easy to read. */
export const MONDAY = Date.UTC(2026, 8, 7)

/** A successful call of agent `triage`; `key` makes its ids. */
export function callRecord(key: string, overrides: Partial<CallRecord> = {}): CallRecord {
  const digest = createHash('sha256').update(key).digest('hex')
  return {
    traceId: digest.slice(0, 32),
    spanId: digest.slice(32, 48),
    parentSpanId: null,
    agent: 'triage',
    startedAt: MONDAY,
    latencySeconds: 0.8,
    errorType: null,
    operation: 'chat',
    provider: 'openai',
    requestModel: 'm-4',
    responseModel: 'm-4-2026-05-01',
    responseId: `response-${key}`,
    systemFingerprint: null,
    finishReason: 'stop',
    promptName: null,
    promptVersion: '7',
    promptHash: null,
    toolsHash: null,
    dataVersion: null,
    inputHash: null,
    segment: null,
    conversationId: null,
    userHash: null,
    variant: 'control',
    origin: 'production',
    outputShape: 'json',
    outputCharacters: 120,
    inputTokens: 300,
    outputTokens: 40,
    attempts: 1,
    samplingProbability: null,
    input: null,
    output: null,
    ...overrides,
  }
}

/** The validation of a call, a moment after it. */
export function validationRecord(call: CallRecord, outcome: ValidationOutcome = 'valid'): ValidationRecord {
  const digest = createHash('sha256').update(`${call.spanId} validation`).digest('hex')
  return {
    traceId: call.traceId,
    spanId: digest.slice(0, 16),
    parentSpanId: call.spanId,
    agent: call.agent,
    at: call.startedAt + 1,
    responseId: call.responseId,
    outcome,
    schemaName: 'triage',
    schemaHash: null,
    issues: outcome === 'valid' ? [] : ['category:invalid_value'],
  }
}

export function decisionRecord(key: string, overrides: Partial<DecisionRecord> = {}): DecisionRecord {
  const digest = createHash('sha256').update(`${key} decision`).digest('hex')
  return {
    traceId: digest.slice(0, 32),
    spanId: digest.slice(32, 48),
    parentSpanId: null,
    agent: 'triage',
    at: MONDAY,
    route: 'auto',
    reason: null,
    confidence: null,
    conversationId: null,
    ...overrides,
  }
}

export function evaluated(call: CallRecord, outcome: ValidationOutcome | null = 'valid'): ScoredCall {
  const [scored] = withDefaultScores([{ call, validation: outcome === null ? null : validationRecord(call, outcome) }])
  if (scored === undefined) throw new Error('no call')
  return scored
}

/** What one day of the agent looks like: every `invalidEvery`-th output is invalid and fenced. */
export type DayShape = { readonly calls: number; readonly invalidEvery: number; readonly model?: string }

/** Calls with their validations, spread over the day that starts at `startOfDay`. */
export function dayOfCalls(startOfDay: number, { calls, invalidEvery, model }: DayShape): ScoredCall[] {
  return Array.from({ length: calls }, (_, i) => {
    const isInvalid = invalidEvery > 0 && i % invalidEvery === 0
    const call = callRecord(`${startOfDay}/${i}`, {
      startedAt: startOfDay + Math.floor((i * DAY) / calls),
      latencySeconds: 0.5 + (i % 7) / 10,
      outputCharacters: 100 + (i % 13) * 5,
      outputTokens: 30 + (i % 11),
      outputShape: isInvalid ? 'json_fenced' : 'json',
      ...(model === undefined ? {} : { responseModel: model }),
    })
    return evaluated(call, isInvalid ? 'malformed_json' : 'valid')
  })
}
