import {
  AGENT_LABEL,
  CHANGE_KINDS,
  EVALUATOR_METRIC,
  INCIDENT_STATES,
  VERDICTS,
  type Severity,
} from '@tidemark/instrumentation/semconv'
import { describe, expect, test } from 'vitest'
import { parseExposition, type ExposedSample } from '../../tests/http/exposition.ts'
import { exampleAgent, exampleAgreement, exampleJudges, exampleState } from '../../tests/http/state-fixture.ts'
import { DAY, exampleIncident, exampleVariant, exampleVerdict, slotOfDay } from '../../tests/http/verdict-fixture.ts'
import { REJECTION_REASONS } from '../domain/records.ts'
import type { ChangeEvent, JudgeAgreement, ScoreReport } from '../domain/verdict.ts'
import { renderMetrics } from './metrics.ts'
import type { PublishedAgent, PublishedState } from './published-state.ts'
import type { MetricKey } from './series.ts'

describe('the exposition', () => {
  test('is Prometheus text whose every name and label stands in the vocabulary', async () => {
    const { contentType, body } = await renderMetrics(exampleState())
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8')
    const { samples, types, helps } = parseExposition(body)
    const vocabulary = new Map<string, readonly string[]>(
      Object.values(EVALUATOR_METRIC).map(({ name, labels }) => [name, labels]),
    )
    for (const sample of samples) {
      const labels = vocabulary.get(sample.name)
      expect(labels, sample.name).toBeDefined()
      const own = Object.keys(sample.labels).filter((label) => label !== AGENT_LABEL)
      expect(own, sample.name).toEqual(labels)
    }
    expect([...types.keys()].sort()).toEqual([...vocabulary.keys()].sort())
    expect([...helps.keys()].sort()).toEqual([...vocabulary.keys()].sort())
    for (const [name, type] of types) expect(type, name).toBe(name.endsWith('_total') ? 'counter' : 'gauge')
  })

  test('speaks of every metric of the vocabulary when all parts of an agent exist', async () => {
    const samples = await samplesOf(exampleState())
    const exposed = new Set(samples.map((sample) => sample.name))
    expect(Object.values(EVALUATOR_METRIC).filter(({ name }) => !exposed.has(name))).toEqual([])
  })

  test('carries the agent on everything but the two metrics of the store', async () => {
    const without = (await samplesOf(exampleState())).filter((sample) => !(AGENT_LABEL in sample.labels))
    expect(without.map((sample) => sample.name).sort()).toEqual(['tidemark_store_bytes', 'tidemark_store_errors_total'])
  })

  test('of no agent at all is valid text', async () => {
    const { body } = await renderMetrics({ ...exampleState([]), ingest: { spans: [], rejected: [] } })
    expect(
      parseExposition(body)
        .samples.map((sample) => sample.name)
        .sort(),
    ).toEqual(['tidemark_store_bytes', 'tidemark_store_errors_total'])
  })

  test('is the same for the same state: nothing is remembered between two scrapes', async () => {
    const first = await renderMetrics(exampleState())
    await renderMetrics(exampleState([exampleAgent({ agent: 'other' })]))
    expect(await renderMetrics(exampleState())).toEqual(first)
  })
})

describe('state sets', () => {
  test.each(VERDICTS)('show all verdicts and 1 for %s', async (verdict) => {
    const samples = await samplesOf(exampleState([exampleAgent({ verdict: exampleVerdict({ verdict }) })]))
    const values = valuesBy(samples, 'driftVerdict', 'verdict')
    expect(values).toEqual(Object.fromEntries(VERDICTS.map((name) => [name, name === verdict ? 1 : 0])))
  })

  test('show every incident state as 0 for a severity that had no incident', async () => {
    const samples = await samplesOf(exampleState([exampleAgent({ incidents: { page: null, ticket: null } })]))
    expect(incidentStates(samples, 'page')).toEqual(Object.fromEntries(INCIDENT_STATES.map((state) => [state, 0])))
    expect(incidentStates(samples, 'ticket')).toEqual(incidentStates(samples, 'page'))
  })

  test('show the newest incident of each severity apart, what a human made of it included', async () => {
    const page = exampleIncident({ state: 'acknowledged' })
    const ticket = exampleIncident({ severity: 'ticket', state: 'false_alarm' })
    const samples = await samplesOf(exampleState([exampleAgent({ incidents: { page, ticket } })]))
    const none = { open: 0, acknowledged: 0, fixed: 0, accepted: 0, false_alarm: 0 }
    expect(incidentStates(samples, 'page')).toEqual({ ...none, acknowledged: 1 })
    expect(incidentStates(samples, 'ticket')).toEqual({ ...none, false_alarm: 1 })
  })

  test('show the mode in force, not the one the verdict was made in', async () => {
    const samples = await samplesOf(exampleState([exampleAgent({ mode: 'shadow' })]))
    expect(valuesBy(samples, 'agentMode', 'mode')).toEqual({ shadow: 1, ticket: 0, live: 0, paused: 0 })
  })
})

describe('values', () => {
  test('carry thresholds beside evidence for each severity', async () => {
    const samples = await samplesOf(exampleState())
    expect(valuesBy(samples, 'driftThreshold', 'severity')).toEqual({ page: 366, ticket: 31 })
    expect(valuesBy(samples, 'escalationThreshold', 'limit')).toEqual({ '0.15': 365, '0.2': 365 })
  })

  test('are times in seconds', async () => {
    const samples = await samplesOf(exampleState())
    expect(only(samples, 'driftOnset')).toBe((slotOfDay(31) - DAY) / 1000)
    expect(only(samples, 'evaluationLastSuccess')).toBe((slotOfDay(33) + 15 * 60_000) / 1000)
  })

  test('never hold NaN or infinity, and cap evidence at 1e300', async () => {
    const record = exampleVerdict()
    const broken: ScoreReport[] = record.scores.map((score) => ({
      ...score,
      baseline: { ...score.baseline, mean: Number.NaN },
      streams: score.streams.map((stream) => ({ ...stream, evidence: Infinity, effect: -Infinity })),
    }))
    const detectors = record.detectors.map((detector) => ({ ...detector, evidence: Infinity }))
    const samples = await samplesOf(
      exampleState([exampleAgent({ verdict: exampleVerdict({ scores: broken, detectors }) })]),
    )
    expect(samples.filter((sample) => !Number.isFinite(sample.value))).toEqual([])
    expect(valuesBy(samples, 'driftEvidence', 'severity')).toEqual({ page: 1e300, ticket: 1e300 })
    expect(samples.some((sample) => sample.value === -1e300)).toBe(true)
  })

  test('show that a run failed after the newest verdict', async () => {
    const lastRunAt = slotOfDay(34)
    const samples = await samplesOf(exampleState([exampleAgent({ lastRunAt })]))
    expect(only(samples, 'evaluationLastRun')).toBe(lastRunAt / 1000)
    expect(only(samples, 'evaluationLastRun')).toBeGreaterThan(only(samples, 'evaluationLastSuccess'))
  })

  test('of an agent that was never evaluated are its settings only', async () => {
    const agent = exampleAgent({
      verdict: null,
      incidents: { page: null, ticket: null },
      baseline: null,
      lastRunAt: null,
      review: [],
      ledger: {},
    })
    const names = new Set((await samplesOf(exampleState([agent]))).map((sample) => sample.name))
    expect(names).toContain('tidemark_agent_mode')
    expect(names).toContain('tidemark_evaluation_interval_seconds')
    expect(names).not.toContain('tidemark_drift_verdict')
    expect(names).not.toContain('tidemark_evaluation_last_success_timestamp_seconds')
  })

  test('of the review queue give one oldest age per priority, 0 for an empty one', async () => {
    const review = [
      { state: 'open', priority: 'high', items: 1, oldestAgeSeconds: 60 },
      { state: 'leased', priority: 'high', items: 1, oldestAgeSeconds: 900 },
      { state: 'open', priority: 'normal', items: 0, oldestAgeSeconds: null },
    ]
    const samples = await samplesOf(exampleState([exampleAgent({ review })]))
    expect(valuesBy(samples, 'reviewOldestAge', 'priority')).toEqual({ high: 900, normal: 0 })
  })
})

describe('values from outside', () => {
  test('are escaped and cleaned of control characters, and cut at 128 characters', async () => {
    const hostile = `a"b\\c\nd\u0000e\uD800 ${'x'.repeat(300)}`
    const changes: ChangeEvent[] = [{ kind: 'model', from: null, value: hostile, slotAt: 0, at: 0 }]
    const samples = await samplesOf(exampleState([exampleAgent({ verdict: exampleVerdict({ changes }) })]))
    const value = samples.find((sample) => sample.name === 'tidemark_change_info')?.labels['value'] ?? ''
    expect(value.startsWith('a"b\\c\uFFFDd\uFFFDe\uFFFD xxx')).toBe(true)
    expect(value).toHaveLength(128)
  })

  test('keep the newest 17 changes of a kind, the older ones become other', async () => {
    const changes = changesOf(['model'], 23)
    const samples = await samplesOf(exampleState([exampleAgent({ verdict: exampleVerdict({ changes }) })]))
    const values = Object.keys(valuesBy(samples, 'changeInfo', 'value'))
    expect(values).toHaveLength(18)
    expect(values).toContain('model-22')
    expect(values).toContain('other')
    expect(values).not.toContain('model-2')
  })

  test('fold segments beyond five and keep the sum of each window', async () => {
    const segments = Array.from({ length: 12 }, (_, index) => ({
      segment: `segment ${index}`,
      baseline: 1 / 12,
      current: index === 11 ? 0.5 : 0.5 / 11,
    }))
    const samples = await samplesOf(exampleState([exampleAgent({ verdict: exampleVerdict({ segments }) })]))
    const current = samples.filter(
      ({ name, labels }) => name === 'tidemark_segment_share' && labels['window'] === 'current',
    )
    expect(current).toHaveLength(6)
    expect(current.find(({ labels }) => labels['segment'] === 'segment 11')?.value).toBe(0.5)
    expect(current.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(1)
  })

  test('tell what each segment contributes by mix and within, and those beyond five together', async () => {
    const [template] = exampleVerdict().attribution
    if (template === undefined) throw new Error('the fixture has no attribution')
    const segments = many('segment', 8).map((segment, i) => ({ segment, mix: i / 100, within: -i / 50 }))
    const attribution = [{ ...template, segments }]
    const samples = await samplesOf(exampleState([exampleAgent({ verdict: exampleVerdict({ attribution }) })]))
    const parts = samples.filter(({ name }) => name === 'tidemark_segment_contribution')
    expect(parts).toHaveLength(12)
    const total = (part: string): number =>
      parts.filter(({ labels }) => labels['part'] === part).reduce((sum, { value }) => sum + value, 0)
    expect(total('mix')).toBeCloseTo(0.28, 12)
    expect(total('within')).toBeCloseTo(-0.56, 12)
    expect(parts.every(({ labels }) => labels['score'] === 'valid')).toBe(true)
  })

  test('fold bins beyond nine, never the one that grew, and keep a bin that vanished as 0', async () => {
    const [template] = exampleVerdict().scores
    if (template === undefined) throw new Error('the fixture has no score')
    const score: ScoreReport = {
      ...template,
      baseline: { ...template.baseline, shares: fourteenShares(false) },
      current: { ...template.current, shares: fourteenShares(true) },
    }
    const samples = await samplesOf(exampleState([exampleAgent({ verdict: exampleVerdict({ scores: [score] }) })]))
    for (const window of ['baseline', 'current']) {
      const bins = samples.filter(({ name, labels }) => name === 'tidemark_score_share' && labels['window'] === window)
      expect(bins).toHaveLength(9)
      expect(bins.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(1)
      expect(bins.find(({ labels }) => labels['bin'] === 'bin 13')?.value).toBe(window === 'current' ? 0.87 : 0)
    }
  })

  test('in the agent of refused spans make no series for agents that are not published', async () => {
    const rejected = Array.from({ length: 500 }, (_, index) => ({
      agent: `invented-${index}`,
      reason: 'unknown_agent' as const,
      count: 2,
    }))
    const samples = await samplesOf({ ...exampleState(), ingest: { spans: [], rejected } })
    const exposed = samples.filter((sample) => sample.name === 'tidemark_ingest_rejected_total')
    expect(exposed).toEqual([
      expect.objectContaining({ labels: { [AGENT_LABEL]: '', reason: 'unknown_agent' }, value: 1000 }),
    ])
  })

  test('show what moved a judge, what needs none, and which scores are not compared', async () => {
    const samples = await samplesOf(exampleState())
    expect(valuesBy(samples, 'judgeShiftEvidence', 'judge')).toEqual({ helpfulness: 0.4 })
    expect(valuesBy(samples, 'driftUnjudgedEvidence', 'severity')).toEqual({ page: 2, ticket: 3 })
    expect(valuesBy(samples, 'scoreUncompared', 'reason')).toEqual({ other_version: 1 })
  })

  test('show how far a judge agrees with people, and no series where kappa is undefined or nobody labelled', async () => {
    const withAgreement = (judgeAgreement: JudgeAgreement[]) =>
      samplesOf(exampleState([exampleAgent({ verdict: exampleVerdict({ judgeAgreement }) })]))
    const known = exampleAgreement('helpfulness')
    const undefinedKappa = { ...exampleAgreement('tone'), kappa: null }
    const samples = await withAgreement([known, undefinedKappa])
    expect(valuesBy(samples, 'judgeAgreementKappa', 'judge')).toEqual({ helpfulness: 0.62 })
    expect(valuesBy(await withAgreement([]), 'judgeAgreementKappa', 'judge')).toEqual({})
  })

  test('leave at most 600 series per agent with 10 scores at every cap', async () => {
    const samples = await samplesOf(stateAtTheCaps())
    const own = samples.filter((sample) => sample.labels[AGENT_LABEL] === 'support-triage')
    expect(own.length).toBeGreaterThan(450)
    expect(own.length).toBeLessThanOrEqual(600)
  })
})

async function samplesOf(state: PublishedState): Promise<readonly ExposedSample[]> {
  return parseExposition((await renderMetrics(state)).body).samples
}

function valuesBy(samples: readonly ExposedSample[], key: MetricKey, label: string): Record<string, number> {
  const { name } = EVALUATOR_METRIC[key]
  return Object.fromEntries(
    samples.filter((sample) => sample.name === name).map((sample) => [sample.labels[label] ?? '', sample.value]),
  )
}

function incidentStates(samples: readonly ExposedSample[], severity: Severity): Record<string, number> {
  return valuesBy(
    samples.filter(({ labels }) => labels['severity'] === severity),
    'driftIncident',
    'state',
  )
}

function only(samples: readonly ExposedSample[], key: MetricKey): number {
  // replays are a suite of their own
  const found = samples.filter(
    ({ name, labels }) => name === EVALUATOR_METRIC[key].name && labels['suite'] !== 'sentinel',
  )
  expect(found).toHaveLength(1)
  return found[0]?.value ?? Number.NaN
}

function changesOf(kinds: readonly ChangeEvent['kind'][], count: number): ChangeEvent[] {
  return kinds.flatMap((kind) =>
    Array.from({ length: count }, (_, index) => ({
      kind,
      from: null,
      value: `${kind}-${index}`,
      slotAt: slotOfDay(index + 1),
      at: slotOfDay(index + 1),
    })),
  )
}

function stateAtTheCaps(): PublishedState {
  const shares = Object.fromEntries(many('bin', 40).map((bin) => [bin, 1 / 40]))
  const window = { samples: 250, mean: 0.5, low: 0.4, high: 0.6, shares }
  const scores: ScoreReport[] = many('score', 10).map((name) => ({
    name,
    kind: 'score',
    direction: 'none',
    detector: 'page',
    unit: '',
    baseline: window,
    current: window,
    missingShare: { baseline: 0, current: 0.5 },
    evidence: 1,
    streams: many('stream', 60).map((stream) => ({ stream, z: 0, evidence: 1, effect: 1, tolerance: 1 })),
  }))
  const [template] = exampleVerdict().attribution
  const [comparison] = exampleVerdict().frozenComparisons
  const [score] = scores
  if (template === undefined || comparison === undefined || score === undefined) throw new Error('the fixture is empty')
  const verdict = exampleVerdict({
    attribution: scores.map(({ name }) => ({
      ...template,
      score: name,
      segments: many('segment', 51).map((segment) => ({ segment, mix: 0.01, within: 0.01 })),
    })),
    frozenComparisons: scores.map(({ name }) => ({ ...comparison, score: name })),
    segmentFindings: many('segment', 30).map((segment) => ({ ...score, segment })),
    scores,
    judge: exampleJudges(scores.map(({ name }) => name)),
    judgeAgreement: scores.map(({ name }) => exampleAgreement(name)),
    uncompared: many('former', 40).map((former) => ({ score: former, reason: 'not_configured' })),
    changes: changesOf(CHANGE_KINDS, 40),
    causes: many('change', 60).map((change) => ({ kind: 'prompt', change, probability: 1 / 60, tied: false })),
    segments: many('segment', 51).map((segment) => ({ segment, baseline: 1 / 51, current: 1 / 51 })),
    variants: many('variant', 30).map((variant) => exampleVariant({ variant })),
    excluded: Object.fromEntries(many('reason', 30).map((reason) => [reason, 1])),
    escalation: {
      share: 0.1,
      decisions: 9,
      threshold: 365,
      evidence: { '0.1': 1, '0.15': 1, '0.2': 1, '0.3': 1 },
      alarm: false,
    },
  })
  const agent: PublishedAgent = exampleAgent({
    verdict,
    variantIncidents: Object.fromEntries(many('variant', 30).map((variant) => [variant, 'open'] as const)),
    review: ['low', 'normal', 'high'].flatMap((priority) =>
      ['open', 'leased', 'decided'].map((state) => ({ state, priority, items: 1, oldestAgeSeconds: 1 })),
    ),
    ledger: Object.fromEntries(INCIDENT_STATES.map((state) => [state, 1])),
  })
  if (agent.baseline === null) throw new Error('the fixture has no baseline')
  const minimumDetectableEffect = Object.fromEntries(scores.map(({ name }) => [name, 0.1]))
  return {
    ...exampleState([{ ...agent, baseline: { ...agent.baseline, minimumDetectableEffect } }]),
    ingest: {
      spans: ['stored', 'duplicate', 'ignored', 'rejected'].map((outcome) => ({
        agent: agent.agent,
        outcome,
        count: 1,
      })),
      rejected: REJECTION_REASONS.map((reason) => ({ agent: agent.agent, reason, count: 1 })),
    },
  }
}

function many(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix} ${index}`)
}

/** 13 equal bins, or all of them nearly empty because the 14th grew. */
function fourteenShares(hasGrown: boolean): Record<string, number> {
  const rest = many('bin', 13).map((bin) => [bin, hasGrown ? 0.01 : 1 / 13])
  return Object.fromEntries([...rest, ['bin 13', hasGrown ? 0.87 : 0]])
}
