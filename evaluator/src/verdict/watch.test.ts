import { describe, expect, test } from 'vitest'
import { DAY, dayOfCalls, decisionRecord, MONDAY, type DayShape } from '../../tests/call-records.ts'
import { freezeBaseline, type BaselineDocument } from './baseline-document.ts'
import { withDefaultScores } from '../scoring/scored-call.ts'
import { batchStatistics, type BatchStatistics } from './batch-statistics.ts'
import { createWatch, type WatchState } from './watch.ts'
import type { DetectorIncident } from './watched-detector.ts'

const GOOD: DayShape = { calls: 100, invalidEvery: 25 }
const BROKEN: DayShape = { calls: 100, invalidEvery: 2, model: 'm-4-2026-08-01' }

function baselineOf(shape: DayShape): BaselineDocument {
  return freezeBaseline(dayOfCalls(MONDAY - DAY, { ...shape, calls: 250 }), {
    agent: 'triage',
    version: 1,
    createdAt: MONDAY,
    expiresAt: MONDAY + 180 * DAY,
    window: { from: MONDAY - DAY, to: MONDAY },
    segments: ['gen_ai.operation.name'],
    runsPerYear: 365,
    falsePagesPerYear: 1,
    ticketsPerYear: 12,
    escalationLimits: [0.15],
  })
}

/** Slots end a day after their data's day began. */
const slotOf = (day: number): number => MONDAY + day * DAY

function batchOf(baseline: BaselineDocument, day: number, shape: DayShape, strata: readonly string[]): BatchStatistics {
  return batchStatistics(dayOfCalls(slotOf(day - 1), shape), [], {
    frozen: baseline.scores,
    strata,
    segments: baseline.segments,
  })
}

function play(days: readonly DayShape[], incidents: readonly DetectorIncident[] = []): WatchState[] {
  const baseline = baselineOf(GOOD)
  const watch = createWatch(baseline)
  return days.map((shape, i) => watch.run(slotOf(i + 1), batchOf(baseline, i + 1, shape, watch.strata), incidents))
}

const quietDays = (count: number): DayShape[] => Array.from({ length: count }, () => GOOD)

describe('the watch', () => {
  test('pages on the day of a break, and finds that day and the model behind it', () => {
    const states = play([...quietDays(20), BROKEN])
    expect(states.slice(0, 20).some((state) => state.page?.alarmedNow)).toBe(false)
    const last = states.at(-1)
    expect(last?.page?.alarmedNow).toBe(true)
    expect(last?.page?.candidateSlots[last.page.step?.onset ?? -1]).toBe(slotOf(21))
    expect(last?.newChanges).toMatchObject([{ kind: 'model', from: 'm-4-2026-05-01', value: 'm-4-2026-08-01' }])
  })

  test('keeps the evidence of the page while the incident is open, although the agent is good again', () => {
    const states = play([...quietDays(5), BROKEN, ...quietDays(10)])
    const atPage = states[5]?.page?.report.evidence
    expect(states.at(-1)?.page?.report).toMatchObject({ alarm: true, evidence: atPage })
  })

  test('after "fixed" starts anew without the broken days in its reference, and can page again', () => {
    const fixed: DetectorIncident = {
      severity: 'page',
      state: 'fixed',
      openedSlotAt: slotOf(6),
      resolvedSlotAt: slotOf(8),
    }
    const states = play([...quietDays(5), BROKEN, BROKEN, BROKEN, ...quietDays(10), BROKEN], [fixed])
    expect(states[7]?.page?.report.alarm).toBe(true)
    expect(states[8]?.page?.report.alarm).toBe(false)
    expect(states[17]?.page?.report.alarm).toBe(false)
    expect(states.at(-1)?.page?.alarmedNow).toBe(true)
  })

  test('after "false alarm" the days set aside are part of what is normal', () => {
    const odd: DayShape = { calls: 100, invalidEvery: 6 }
    const normal: DetectorIncident = {
      severity: 'page',
      state: 'false_alarm',
      openedSlotAt: slotOf(6),
      resolvedSlotAt: slotOf(40),
    }
    const days = [
      ...quietDays(5),
      BROKEN,
      ...Array.from({ length: 34 }, () => odd),
      ...Array.from({ length: 20 }, () => odd),
    ]
    const resolved = play(days, [normal])
    expect(resolved[5]?.page?.alarmedNow).toBe(true)
    expect(resolved[39]?.page?.report.alarm).toBe(true)
    expect(resolved.at(-1)?.page?.report.alarm).toBe(false)
    // had they stayed out, the same days would page
    const fixed = play(days, [{ ...normal, state: 'fixed' }])
    expect(fixed.at(-1)?.page?.report.alarm).toBe(true)
  })

  test('comes to the same bits from its stored statistics', () => {
    const baseline = baselineOf(GOOD)
    const first = createWatch(baseline)
    const days = [...quietDays(10), BROKEN, ...quietDays(3)]
    const stored: string[] = []
    const states = days.map((shape, i) => {
      const batch = batchOf(baseline, i + 1, shape, first.strata)
      stored.push(JSON.stringify(batch))
      return first.run(slotOf(i + 1), batch, [])
    })
    const again = createWatch(JSON.parse(JSON.stringify(baseline)) as BaselineDocument)
    const replayed = stored.map((text, i) => again.run(slotOf(i + 1), JSON.parse(text) as BatchStatistics, []))
    expect(replayed).toEqual(states)
  })

  test('tickets when validations stop, and pages when the form breaks on the same day without them', () => {
    const baseline = baselineOf(GOOD)
    const lost = (shape: DayShape): WatchState => {
      const watch = createWatch(baseline)
      const items = withDefaultScores(dayOfCalls(slotOf(0), shape).map(({ call }) => ({ call, validation: null })))
      const batch = batchStatistics(items, [], {
        frozen: baseline.scores,
        strata: watch.strata,
        segments: baseline.segments,
      })
      return watch.run(slotOf(1), batch, [])
    }
    expect(lost(GOOD).ticket?.alarmedNow).toBe(true)
    expect(lost(BROKEN).page?.alarmedNow).toBe(true)
    expect(lost(GOOD).inputMixChanged).toBe(false)
  })

  test('a slot without items changes no evidence', () => {
    const baseline = baselineOf(GOOD)
    const watch = createWatch(baseline)
    const before = watch.run(slotOf(1), batchOf(baseline, 1, GOOD, watch.strata), [])
    const empty = batchOf(baseline, 2, { calls: 0, invalidEvery: 0 }, watch.strata)
    const after = watch.run(slotOf(2), empty, [])
    expect(after.page?.report).toEqual(before.page?.report)
  })

  test('collects evidence that more than 15 % of the decisions go to people', () => {
    const baseline = baselineOf(GOOD)
    const watch = createWatch(baseline)
    const decisions = Array.from({ length: 100 }, (_, i) =>
      decisionRecord(`d${i}`, { route: i < 40 ? 'escalated' : 'auto' }),
    )
    const batch = batchStatistics(dayOfCalls(slotOf(0), GOOD), decisions, {
      frozen: baseline.scores,
      strata: watch.strata,
      segments: baseline.segments,
    })
    const { escalation } = watch.run(slotOf(1), batch, [])
    expect(escalation.share).toBe(0.4)
    expect(escalation.evidence['0.15']).toBeGreaterThan(escalation.threshold)
  })
})

describe('a baseline', () => {
  test('refuses fewer than 50 examples and names the number', () => {
    expect(() => freezeWith(49)).toThrow(/49 calls .* needs 50/u)
  })

  test('of an empty window says so', () => {
    expect(() => freezeWith(0)).toThrow(/no successful production call/u)
  })

  test('under 200 examples warns', () => {
    expect(freezeWith(60).warnings).toEqual([expect.stringContaining('60 examples')])
    expect(freezeWith(250).warnings).toEqual([])
  })
})

function freezeWith(calls: number): BaselineDocument {
  return freezeBaseline(dayOfCalls(MONDAY, { calls, invalidEvery: 25 }), {
    agent: 'triage',
    version: 1,
    createdAt: MONDAY,
    expiresAt: MONDAY + DAY,
    window: { from: MONDAY, to: MONDAY + DAY },
    segments: [],
    runsPerYear: 365,
    falsePagesPerYear: 1,
    ticketsPerYear: 12,
    escalationLimits: [0.15],
  })
}
