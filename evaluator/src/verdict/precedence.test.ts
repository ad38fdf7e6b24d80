import { describe, expect, test } from 'vitest'
import type { DetectorReport } from '../domain/verdict.ts'
import { verdictOf } from './precedence.ts'

const quiet: DetectorReport = {
  severity: 'page',
  evidence: 1,
  rawEvidence: 1,
  threshold: 456,
  alarm: false,
  improved: false,
  runs: 20,
}
const findings = {
  hasBaseline: true,
  items: 100,
  page: quiet,
  ticket: quiet,
  escalationAlarm: false,
  inputMixChanged: false,
  judge: null,
  sentinel: null,
}

describe('the verdict is the first that applies', () => {
  const alarm = { ...quiet, alarm: true }
  test.each([
    ['no_baseline', { ...findings, hasBaseline: false, page: alarm }],
    ['insufficient_data', { ...findings, items: 9, page: alarm }],
    ['judge_changed', { ...findings, judge: { changed: true, agentChangedToo: false }, page: alarm, ticket: alarm }],
    ['drift', { ...findings, judge: { changed: true, agentChangedToo: true }, page: alarm }],
    ['stable', { ...findings, judge: { changed: false, agentChangedToo: true } }],
    ['drift', { ...findings, page: alarm, inputMixChanged: true }],
    ['drift', { ...findings, ticket: alarm }],
    ['drift', { ...findings, escalationAlarm: true }],
    ['drift', { ...findings, escalationAlarm: true, judge: { changed: true, agentChangedToo: false } }],
    ['drift', { ...findings, sentinel: { agentChanged: true, agentChangedUnjudged: false } }],
    [
      'judge_changed',
      {
        ...findings,
        judge: { changed: true, agentChangedToo: false },
        sentinel: { agentChanged: true, agentChangedUnjudged: false },
      },
    ],
    [
      'drift',
      {
        ...findings,
        judge: { changed: true, agentChangedToo: false },
        sentinel: { agentChanged: true, agentChangedUnjudged: true },
      },
    ],
    ['improved', { ...findings, page: { ...quiet, improved: true }, inputMixChanged: true }],
    ['input_mix_changed', { ...findings, inputMixChanged: true, page: { ...quiet, evidence: 100 } }],
    ['watch', { ...findings, page: { ...quiet, evidence: 45.6 } }],
    ['stable', { ...findings, page: { ...quiet, evidence: 45.5 } }],
  ] as const)('%s', (expected, given) => {
    expect(verdictOf(given)).toBe(expected)
  })
})
