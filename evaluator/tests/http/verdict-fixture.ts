import type { SentinelVerdict } from '../../src/domain/sentinel.ts'
import type {
  Example,
  Incident,
  ScoreReport,
  SegmentFinding,
  VariantReport,
  VerdictRecord,
} from '../../src/domain/verdict.ts'

const HOUR = 3_600_000
export const DAY = 24 * HOUR
/** Slot of day 1; the model of the fixture's agent changes on day 31. */
export const FIRST_SLOT = Date.UTC(2026, 8, 1, 8)
const CHANGE_DAY = 31

/** Slot of a day that counts from 1. */
export function slotOfDay(day: number): number {
  return FIRST_SLOT + (day - 1) * DAY
}

/** The verdicts of an agent whose model was updated on day 31 and whose outputs have been fenced since. */
export function exampleHistory(days: number, agent = 'support-triage'): VerdictRecord[] {
  return Array.from({ length: days }, (_, index) => exampleVerdict({ agent, day: index + 1 }))
}

/** The verdict of one day of that agent; anything may be replaced. */
export function exampleVerdict({
  agent = 'support-triage',
  day = 33,
  ...replaced
}: Partial<VerdictRecord> & { day?: number } = {}): VerdictRecord {
  const slotAt = slotOfDay(day)
  const hasChanged = day >= CHANGE_DAY
  const since = Math.max(0, day - CHANGE_DAY + 1)
  const pageEvidence = hasChanged ? 12 * 60 ** since : 0.4 + ((day * 7) % 11) / 3
  const isDrift = pageEvidence >= 366
  return {
    agent,
    slotAt,
    windowStart: slotAt - DAY,
    evaluatedAt: slotAt + 15 * 60_000,
    durationSeconds: 0.8,
    intervalSeconds: 86_400,
    verdict: isDrift ? 'drift' : 'stable',
    summary: isDrift
      ? 'Outputs that pass validation fell from 94.8 % to 61.0 %, most likely since 30 September, when gpt-4o-2024-08-06 began to answer.'
      : 'No score moved by more than chance and its tolerance.',
    mode: 'live',
    baseline: { id: 'b-7f3a9c', version: 2 },
    samples: 118,
    excluded: { failed_call: 3 },
    detectors: [
      {
        severity: 'page',
        evidence: pageEvidence,
        rawEvidence: pageEvidence * 2,
        threshold: 366,
        alarm: isDrift,
        improved: false,
        runs: day,
      },
      {
        severity: 'ticket',
        evidence: pageEvidence / 2,
        rawEvidence: pageEvidence,
        threshold: 31,
        alarm: pageEvidence > 62,
        improved: false,
        runs: day,
      },
    ],
    onset: isDrift
      ? { at: slotOfDay(CHANGE_DAY) - DAY, first: slotOfDay(CHANGE_DAY) - 2 * DAY, last: slotOfDay(CHANGE_DAY) - DAY }
      : null,
    causes: isDrift
      ? [
          { kind: 'model', change: 'gpt-4o-2024-05-13 to gpt-4o-2024-08-06', probability: 0.93, tied: false },
          { kind: 'prompt', change: '6 to 7', probability: 0.04, tied: false },
          { kind: 'none', change: 'no recorded change', probability: 0.03, tied: false },
        ]
      : [],
    scores: exampleScores(hasChanged, pageEvidence),
    segments: [
      { segment: 'chat / refund', baseline: 0.42, current: 0.39 },
      { segment: 'chat / delivery', baseline: 0.31, current: 0.35 },
      { segment: 'chat / account', baseline: 0.27, current: 0.26 },
    ],
    segmentFindings: hasChanged ? [exampleFinding(pageEvidence)] : [],
    attribution: [
      {
        score: 'valid',
        kind: 'binary',
        category: null,
        fromSlotAt: hasChanged ? slotOfDay(CHANGE_DAY) : slotAt,
        runs: Math.max(1, since),
        total: hasChanged ? -0.338 : 0.001,
        mix: -0.004,
        mixError: 0.005,
        within: hasChanged ? -0.33 : 0.005,
        withinError: 0.046,
        unseen: 0,
        unseenShare: 0,
        vanished: 0,
        residual: hasChanged ? -0.004 : 0,
        segments: [
          { segment: 'chat / refund', mix: -0.003, within: hasChanged ? -0.21 : 0.003 },
          { segment: 'chat / delivery', mix: 0, within: hasChanged ? -0.07 : 0.001 },
          { segment: 'chat / account', mix: -0.001, within: hasChanged ? -0.05 : 0.001 },
        ],
      },
    ],
    frozenComparisons: [
      {
        score: 'valid',
        kind: 'binary',
        category: null,
        difference: hasChanged ? -0.031 : 0.001,
        low: hasChanged ? -0.058 : -0.026,
        high: hasChanged ? -0.004 : 0.028,
        level: 0.95,
        tolerance: 0.02,
        runs: Math.min(30, day),
        opensTicket: false,
      },
    ],
    changes: [
      ...(day >= 12
        ? [{ kind: 'prompt', from: '6', value: '7', slotAt: slotOfDay(12), at: slotOfDay(12) - 5 * HOUR } as const]
        : []),
      ...(hasChanged
        ? [
            {
              kind: 'model',
              from: 'gpt-4o-2024-05-13',
              value: 'gpt-4o-2024-08-06',
              slotAt: slotOfDay(CHANGE_DAY),
              at: slotOfDay(CHANGE_DAY) - 22 * HOUR,
            } as const,
          ]
        : []),
    ],
    escalation: {
      share: hasChanged ? 0.31 : 0.06,
      decisions: 118,
      threshold: 365,
      evidence: { '0.15': hasChanged ? 40.5 : 0.1, '0.2': hasChanged ? 3.25 : 0.05 },
      alarm: false,
    },
    examples: {
      about: 'valid',
      baseline: [
        exampleRecord({ at: slotOfDay(8) }),
        exampleRecord({ at: slotOfDay(9), inputHash: '8c1d0e22aa417b90' }),
      ],
      current: isDrift
        ? [
            exampleChanged({ at: slotAt - 3 * HOUR }),
            exampleChanged({ at: slotAt - 2 * HOUR, inputHash: '8c1d0e22aa417b90', output: null, input: null }),
          ]
        : [exampleRecord({ at: slotAt - 3 * HOUR })],
    },
    incident: isDrift ? { id: 'inc-41', severity: 'page', openedSlotAt: slotOfDay(CHANGE_DAY) } : null,
    ...replaced,
  }
}

/** Twenty of sixty frozen inputs asked again, nothing moved. */
export function exampleSentinel(replaced: Partial<SentinelVerdict> = {}): SentinelVerdict {
  return {
    slotAt: slotOfDay(1),
    finishedAt: slotOfDay(1) + 60_000,
    durationSeconds: 60,
    inputs: 60,
    asked: 20,
    answered: 19,
    failures: { timed_out: 1 },
    costUsd: 0.2,
    detectors: (['page', 'ticket'] as const).map((severity) => ({
      severity,
      evidence: 1,
      rawEvidence: 1,
      threshold: severity === 'page' ? 912 : 60,
      alarm: false,
      improved: false,
      runs: 5,
    })),
    agentChanged: false,
    agentChangedUnjudged: false,
    onset: null,
    since: slotOfDay(1),
    recent: [{ slotAt: slotOfDay(1), answered: 19 }],
    moves: [{ score: 'valid', unit: 'rate', category: null, before: 0.98, now: 0.97, replays: 19 }],
    changedInputs: [],
    finding: null,
    ...replaced,
  }
}

export function exampleIncident(replaced: Partial<Incident> = {}): Incident {
  return {
    id: 'inc-41',
    agent: 'support-triage',
    severity: 'page',
    baseline: 'b-7f3a9c',
    state: 'open',
    onsetAt: slotOfDay(CHANGE_DAY) - DAY,
    openedSlotAt: slotOfDay(CHANGE_DAY),
    openedAt: slotOfDay(CHANGE_DAY) + 15 * 60_000,
    changedAt: slotOfDay(CHANGE_DAY) + 15 * 60_000,
    by: null,
    suite: 'production',
    ...replaced,
  }
}

/** A canary that lost 17 points of `valid` against control of the same days. */
export function exampleVariant(replaced: Partial<VariantReport> = {}): VariantReport {
  const window = { low: 0.9, high: 0.99, shares: null }
  return {
    variant: 'canary-8',
    samples: 24,
    lastSlotAt: slotOfDay(CHANGE_DAY),
    evidence: 5200,
    threshold: 372.6,
    alarm: true,
    improved: false,
    sinceSlotAt: slotOfDay(CHANGE_DAY),
    runs: 2,
    differences: [
      {
        score: 'valid',
        kind: 'binary',
        direction: 'higher-better',
        unit: 'share',
        category: null,
        variant: { ...window, samples: 48, mean: 0.8 },
        control: { ...window, samples: 430, mean: 0.97 },
        difference: -0.17,
        low: -0.28,
        high: -0.06,
        level: 0.95,
      },
    ],
    ...replaced,
  }
}

export function exampleRecord(replaced: Partial<Example> = {}): Example {
  return {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    at: slotOfDay(8),
    segment: 'chat / refund',
    outputShape: 'json',
    outputCharacters: 61,
    validation: 'valid',
    issues: [],
    responseModel: 'gpt-4o-2024-05-13',
    promptVersion: '6',
    inputHash: '3f0a2b9c5d118e47',
    latencySeconds: 0.91,
    input: 'My parcel was delivered to the neighbour, who denies it. I want my money back.',
    output: '{"category":"refund","priority":"high","needsHuman":false}',
    ...replaced,
  }
}

function exampleChanged(replaced: Partial<Example> = {}): Example {
  return exampleRecord({
    outputShape: 'json_fenced',
    outputCharacters: 214,
    validation: 'malformed_json',
    issues: ['$:invalid_json'],
    responseModel: 'gpt-4o-2024-08-06',
    promptVersion: '7',
    latencySeconds: 0.74,
    output:
      'Sure! Here is the classification:\n\n```json\n{\n  "category": "refund",\n  "priority": "high",\n  "needsHuman": false\n}\n```\n\nLet me know if you need anything else.',
    ...replaced,
  })
}

function exampleFinding(evidence: number): SegmentFinding {
  const [valid] = exampleScores(true, evidence)
  if (valid === undefined) throw new Error('the fixture has no score')
  return {
    ...valid,
    segment: 'chat / refund',
    detector: 'ticket',
    baseline: { samples: 105, mean: 0.943, low: 0.88, high: 0.974, shares: null },
    current: { samples: 46, mean: 0.41, low: 0.28, high: 0.55, shares: null },
    evidence: evidence * 2,
  }
}

function exampleScores(hasChanged: boolean, evidence: number): ScoreReport[] {
  return [
    {
      name: 'valid',
      kind: 'binary',
      direction: 'higher-better',
      detector: 'page',
      unit: '',
      baseline: { samples: 250, mean: 0.948, low: 0.913, high: 0.969, shares: null },
      current: hasChanged
        ? { samples: 118, mean: 0.61, low: 0.52, high: 0.694, shares: null }
        : { samples: 118, mean: 0.949, low: 0.893, high: 0.976, shares: null },
      missingShare: { baseline: 0, current: 0.03 },
      evidence: evidence * 1.4,
      streams: [
        {
          stream: 'mean',
          z: hasChanged ? -9.1 : 0.1,
          evidence: evidence * 1.4,
          effect: hasChanged ? -0.338 : 0,
          tolerance: 0.03,
        },
      ],
    },
    {
      name: 'shape',
      kind: 'categorical',
      direction: 'none',
      detector: 'page',
      unit: '',
      baseline: {
        samples: 250,
        mean: null,
        low: null,
        high: null,
        shares: { json: 0.948, json_fenced: 0.028, json_in_prose: 0.016, prose: 0.008 },
      },
      current: hasChanged
        ? {
            samples: 118,
            mean: null,
            low: null,
            high: null,
            shares: { json: 0.585, json_fenced: 0.381, json_in_prose: 0.026, prose: 0.008 },
          }
        : {
            samples: 118,
            mean: null,
            low: null,
            high: null,
            shares: { json: 0.949, json_fenced: 0.034, json_in_prose: 0.017, prose: 0 },
          },
      evidence,
      streams: [
        { stream: 'shape', z: hasChanged ? 14.2 : 0.3, evidence, effect: hasChanged ? 1.1 : 0.05, tolerance: 0.15 },
      ],
    },
    {
      name: 'latency',
      kind: 'score',
      direction: 'lower-better',
      detector: 'ticket',
      unit: 's',
      baseline: {
        samples: 250,
        mean: 0.88,
        low: 0.84,
        high: 0.92,
        shares: { 'under 0.5': 0.2, '0.5 to 0.7': 0.2, '0.7 to 0.9': 0.2, '0.9 to 1.3': 0.2, 'over 1.3': 0.2 },
      },
      current: {
        samples: 118,
        mean: 0.86,
        low: 0.8,
        high: 0.93,
        shares: { 'under 0.5': 0.22, '0.5 to 0.7': 0.2, '0.7 to 0.9': 0.21, '0.9 to 1.3': 0.18, 'over 1.3': 0.19 },
      },
      evidence: 0.7,
      streams: [
        { stream: 'mean', z: -0.4, evidence: 0.7, effect: -0.04, tolerance: 0.2 },
        { stream: 'rank', z: -0.3, evidence: 0.6, effect: -0.03, tolerance: 0.2 },
        { stream: 'distribution', z: 0.2, evidence: 0.8, effect: 0.04, tolerance: 0.15 },
      ],
    },
    {
      name: 'output_tokens',
      kind: 'score',
      direction: 'none',
      detector: 'ticket',
      unit: '{token}',
      baseline: { samples: 250, mean: 21.4, low: 20.9, high: 21.9, shares: null },
      current: hasChanged
        ? { samples: 118, mean: 34.2, low: 31.8, high: 36.8, shares: null }
        : { samples: 118, mean: 21.2, low: 20.5, high: 21.9, shares: null },
      evidence: evidence / 3,
      streams: [
        { stream: 'mean', z: hasChanged ? 7 : 0, evidence: evidence / 3, effect: hasChanged ? 1.6 : 0, tolerance: 0.2 },
      ],
    },
  ]
}
