import { describe, expect, test } from 'vitest'
import { DAY, dayOfCalls, MONDAY } from '../../tests/call-records.ts'
import { DEFAULT_DEFINITIONS, withDefaultScores, type ScoredCall } from '../scoring/scored-call.ts'
import type { ScoreDefinition } from '../scoring/scorer.ts'
import { freezeBaseline, readBaseline } from './baseline-document.ts'
import { batchStatistics, type BatchStatistics } from './batch-statistics.ts'
import { createWatch } from './watch.ts'

const WORTH: ScoreDefinition = {
  ...DEFAULT_DEFINITIONS[0]!,
  name: 'worth',
  kind: 'score',
  direction: 'none',
  scale: 'linear',
  categories: [],
}

/** A day whose first items have a score that no double can square. */
function day(start: number, calls: number, huge: number): ScoredCall[] {
  return withDefaultScores(dayOfCalls(start, { calls, invalidEvery: 25 })).map((item, i) => ({
    ...item,
    scores: new Map([...item.scores, ['worth', i < huge ? 1e200 : 2 + (i % 5)]]),
  }))
}

function frozen(huge: number) {
  const document = freezeBaseline(
    day(MONDAY - DAY, 250, huge),
    {
      agent: 'triage',
      version: 1,
      createdAt: MONDAY,
      expiresAt: MONDAY + 180 * DAY,
      window: { from: MONDAY - DAY, to: MONDAY },
      segments: [],
      runsPerYear: 365,
      falsePagesPerYear: 1,
      ticketsPerYear: 12,
      escalationLimits: [],
    },
    [WORTH],
  )
  return readBaseline(JSON.stringify(document))
}

describe('a finite score that is too large to square', () => {
  test.each([0, 3])('counts as missing in a batch, with %i of them in the baseline', (huge) => {
    const baseline = frozen(huge)
    const watch = createWatch(baseline)
    const { scores: all, strata, segments } = baseline
    const batch = batchStatistics(day(MONDAY, 100, 4), [], { frozen: all, strata, segments })
    const stored = JSON.parse(JSON.stringify(batch)) as BatchStatistics
    expect(stored).toEqual(batch)
    expect(stored.scores['worth']?.missing).toEqual([{ n: 100, x: 4 }])
    expect(watch.run(MONDAY + DAY, stored, []).page?.report.runs).toBe(1)
  })

  test('leaves a score unwatched where most of a baseline is like that', () => {
    const { scores, warnings } = frozen(200)
    expect(scores).toEqual([])
    expect(warnings).toContain('worth is not watched: 50 of 250 examples have it.')
  })
})
