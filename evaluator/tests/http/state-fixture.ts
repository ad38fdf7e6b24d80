import type { JudgeAgreement, JudgeReport } from '../../src/domain/verdict.ts'
import type { PublishedAgent, PublishedState } from '../../src/publish/published-state.ts'
import { DAY, exampleIncident, exampleSentinel, exampleVariant, exampleVerdict, slotOfDay } from './verdict-fixture.ts'

export function exampleState(agents: readonly PublishedAgent[] = [exampleAgent()]): PublishedState {
  return {
    agents,
    ingest: {
      spans: [
        { agent: 'support-triage', outcome: 'stored', count: 5120 },
        { agent: 'support-triage', outcome: 'rejected', count: 2 },
      ],
      rejected: [
        { agent: 'support-triage', reason: 'attribute_too_long', count: 2 },
        { agent: '', reason: 'malformed', count: 7 },
      ],
    },
    store: { bytes: 1_048_576, errors: 0 },
  }
}

export function exampleJudges(scores: readonly string[]): JudgeReport {
  return {
    changed: false,
    agentChangedToo: false,
    unjudgedEvidence: { page: 2, ticket: 3 },
    shifts: scores.map((score) => ({
      score,
      frozenAnchors: 50,
      evidence: 0.4,
      threshold: 31,
      changed: false,
      sinceSlotAt: null,
      before: 0.8,
      now: 0.8,
      production: null,
      anchors: null,
      adjusted: null,
      keepsPage: false,
    })),
  }
}

export function exampleAgreement(score: string): JudgeAgreement {
  return { score, labels: 60, kappa: 0.62, baseRate: 0.2, sensitivity: 0.7, specificity: 0.95 }
}

export function exampleAgent(replaced: Partial<PublishedAgent> = {}): PublishedAgent {
  return {
    agent: 'support-triage',
    mode: 'live',
    expectedSilenceSeconds: 86_400,
    intervalSeconds: 86_400,
    lastRunAt: slotOfDay(33) + 15 * 60_000,
    verdict: exampleVerdict({
      variants: [exampleVariant()],
      sentinel: exampleSentinel(),
      judge: exampleJudges(['helpfulness']),
      judgeAgreement: [exampleAgreement('helpfulness')],
      uncompared: [{ score: 'tone', reason: 'other_version' }],
    }),
    incidents: { page: exampleIncident(), ticket: null },
    variantIncidents: { 'canary-8': 'open' },
    baseline: {
      id: 'b-7f3a9c',
      agent: 'support-triage',
      version: 2,
      createdAt: slotOfDay(15),
      expiresAt: slotOfDay(15) + 180 * DAY,
      samples: 250,
      windowStart: slotOfDay(1),
      windowEnd: slotOfDay(14),
      minimumDetectableEffect: { valid: 0.06, shape: null },
      rates: ['valid'],
      warnings: [],
    },
    review: [
      { state: 'open', priority: 'high', items: 3, oldestAgeSeconds: 5400 },
      { state: 'open', priority: 'normal', items: 0, oldestAgeSeconds: null },
    ],
    ledger: { open: 1, false_alarm: 0, fixed: 0 },
    ...replaced,
  }
}
