import { expect, test } from 'vitest'
import type { DetectorReport, ScoreReport, VerdictRecord } from '../domain/verdict.ts'
import { simulatedDays } from './simulated-days.ts'
import { simulationResult } from './simulation-result.ts'

const days = simulatedDays(60, Date.parse('2026-11-24T09:00:00Z'))

const detector = (severity: 'page' | 'ticket', alarm: boolean): DetectorReport => ({
  severity,
  evidence: alarm ? 1e6 : 2,
  rawEvidence: 3,
  threshold: 456.25,
  alarm,
  improved: false,
  runs: 31,
})

const window = { samples: 100, mean: 0.9, low: 0.8, high: 0.95, shares: null }
const scores: readonly ScoreReport[] = [
  {
    name: 'valid',
    kind: 'binary',
    direction: 'higher-better',
    detector: 'page',
    unit: '',
    baseline: window,
    current: { ...window, mean: 0.1 },
    evidence: 5000,
    streams: [],
  },
  {
    name: 'output_form',
    kind: 'categorical',
    direction: 'none',
    detector: 'page',
    unit: '',
    baseline: { ...window, mean: null, shares: { json: 0.9, prose: 0.1 } },
    current: { ...window, mean: null, shares: { json: 1 } },
    evidence: 70,
    streams: [],
  },
]

const verdictOn = (day: number, alarms: { page: boolean; ticket: boolean }): VerdictRecord => ({
  agent: 'a',
  slotAt: days.slotOf(day),
  windowStart: days.startOf(day),
  evaluatedAt: days.slotOf(day),
  durationSeconds: 0,
  intervalSeconds: 86_400,
  verdict: alarms.page ? 'drift' : 'stable',
  summary: '',
  mode: 'live',
  baseline: { id: 'b', version: 1 },
  samples: 100,
  excluded: {},
  detectors: [detector('page', alarms.page), detector('ticket', alarms.ticket)],
  onset: { at: days.startOf(31), first: days.startOf(30), last: days.startOf(32) },
  causes: [{ kind: 'model', change: 'x to y', probability: 0.9, tied: false }],
  scores,
  segments: [],
  segmentFindings: [],
  attribution: [],
  frozenComparisons: [],
  changes: [],
  escalation: { share: null, decisions: 0, threshold: 365, evidence: {}, alarm: false },
  examples: { about: '', baseline: [], current: [] },
  incident: null,
})

const resultOf = (verdicts: readonly VerdictRecord[]) =>
  simulationResult({ agent: 'a', days, changeDay: 31, verdicts, calls: 6250, seconds: 9 })

test('the result of a page has exactly the agreed fields, days counted from 1', () => {
  const quiet = { page: false, ticket: false }
  const result = resultOf([verdictOn(30, quiet), verdictOn(32, { page: true, ticket: true }), verdictOn(33, quiet)])
  expect(result).toEqual({
    agent: 'a',
    days: 60,
    changeDay: 31,
    verdict: 'drift',
    pageDay: 32,
    onsetDay: 31,
    onsetSet: [30, 32],
    causes: [{ kind: 'model', change: 'x to y', probability: 0.9, tied: false }],
    scores: {
      valid: { baseline: 0.9, current: 0.1, evidence: 5000 },
      output_form: { baseline: { json: 0.9, prose: 0.1 }, current: { json: 1 }, evidence: 70 },
    },
    calls: 6250,
    seconds: 9,
  })
})

test('without a page there is no page day, no onset and no cause', () => {
  const result = resultOf([verdictOn(59, { page: false, ticket: true }), verdictOn(60, { page: false, ticket: false })])
  expect(result).toMatchObject({ verdict: 'stable', pageDay: null, onsetDay: null, onsetSet: null, causes: [] })
})

test('without a run every finding is null', () => {
  expect(resultOf([])).toMatchObject({
    verdict: null,
    pageDay: null,
    onsetDay: null,
    onsetSet: null,
    causes: [],
    scores: {},
  })
})
