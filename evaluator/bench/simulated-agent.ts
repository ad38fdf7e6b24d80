import type { CallRecord } from '../src/domain/records.ts'
import type { ScoredCall } from '../src/scoring/scored-call.ts'
import type { AssembleInput } from '../src/verdict/assemble-verdict.ts'
import type { BaselineRequest } from '../src/verdict/baseline-document.ts'

export const DAY = 86_400_000
export const START = Date.UTC(2026, 0, 5)

/** What a simulated baseline is frozen with, its items aside. */
export const SIMULATED_BASELINE: BaselineRequest = {
  agent: 'simulated',
  version: 1,
  createdAt: START,
  expiresAt: START + 400 * DAY,
  window: { from: START, to: START + DAY },
  segments: ['tidemark.segment'],
  runsPerYear: 365,
  falsePagesPerYear: 1,
  ticketsPerYear: 12,
  escalationLimits: [0.15],
}

const NOTHING_EXCLUDED = {
  failed_call: 0,
  harness: 0,
  sentinel: 0,
  variant: 0,
  same_conversation: 0,
  conversation_seen_before: 0,
}

/** A slot of a simulated agent, as its verdict is put together: daily, live, nothing left out and no incident. */
export function simulatedSlot({
  slotAt,
  items,
  ...seen
}: Pick<AssembleInput, 'batch' | 'watch' | 'state'> & {
  readonly slotAt: number
  readonly items: readonly ScoredCall[]
}): AssembleInput {
  return {
    ...seen,
    slot: {
      agent: SIMULATED_BASELINE.agent,
      slotAt,
      windowStart: slotAt - DAY,
      intervalMilliseconds: DAY,
      mode: 'live',
      evaluatedAt: slotAt,
      durationSeconds: 0,
    },
    sample: { items, excluded: NOTHING_EXCLUDED },
    items,
    uncompared: [],
    judgeAgreement: [],
    baseline: { id: 'simulated', version: 1 },
    baselineCalls: [],
    excludedBy: [],
    sentinel: null,
    incident: null,
  }
}

/** A call of which nothing is known but that it was made. */
export const SIMULATED_CALL: CallRecord = {
  traceId: '',
  spanId: '1',
  parentSpanId: null,
  agent: SIMULATED_BASELINE.agent,
  startedAt: START,
  latencySeconds: 1,
  errorType: null,
  operation: 'chat',
  provider: null,
  requestModel: 'simulated',
  responseModel: 'simulated',
  responseId: null,
  systemFingerprint: null,
  finishReason: 'stop',
  promptName: null,
  promptVersion: null,
  promptHash: null,
  toolsHash: null,
  dataVersion: null,
  inputHash: null,
  segment: null,
  conversationId: null,
  userHash: null,
  variant: 'control',
  origin: 'production',
  outputShape: 'prose',
  outputCharacters: 100,
  inputTokens: null,
  outputTokens: null,
  attempts: 1,
  samplingProbability: null,
  input: null,
  output: null,
}
