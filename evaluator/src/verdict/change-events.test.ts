import { describe, expect, test } from 'vitest'
import { DAY, MONDAY } from '../../tests/call-records.ts'
import type { ValueCounts } from './batch-statistics.ts'
import { createChangeTracker } from './change-events.ts'

function models(counts: Record<string, number>, at = MONDAY): ValueCounts {
  return { model: Object.fromEntries(Object.entries(counts).map(([value, count]) => [value, { count, firstAt: at }])) }
}

describe('a change event', () => {
  test('is a value that reaches a fifth of a slot, with what it replaced', () => {
    const tracker = createChangeTracker(models({ old: 250 }), {})
    expect(tracker.run(MONDAY, models({ old: 85, new: 15 }), {})).toEqual([])
    expect(tracker.run(MONDAY + DAY, models({ old: 10, new: 90 }, MONDAY + 5), {})).toEqual([
      { kind: 'model', from: 'old', value: 'new', slotAt: MONDAY + DAY, at: MONDAY + 5 },
    ])
  })

  test('happens once, however the share moves above the limit afterwards', () => {
    const tracker = createChangeTracker(models({ old: 250 }), {})
    tracker.run(MONDAY, models({ old: 75, new: 25 }), {})
    expect(tracker.run(MONDAY + DAY, models({ old: 90, new: 10 }), {})).toEqual([])
    expect(tracker.run(MONDAY + 2 * DAY, models({ old: 70, new: 30 }), {})).toEqual([])
  })

  test('a rollback is a change too', () => {
    const tracker = createChangeTracker(models({ old: 250 }), {})
    tracker.run(MONDAY, models({ new: 100 }), {})
    expect(tracker.run(MONDAY + DAY, models({ old: 100 }), {})).toMatchObject([{ from: 'new', value: 'old' }])
  })

  test('of a kind with more than three new values a week explains nothing', () => {
    const tracker = createChangeTracker(models({ v0: 250 }), {})
    for (let day = 1; day <= 5; day++) tracker.run(MONDAY + day * DAY, models({ [`v${day}`]: 100 }), {})
    expect(tracker.events).toEqual([])
  })

  test('is a judge with another model, rubric or temperature, with the first call that it judged', () => {
    const tracker = createChangeTracker({}, { helpfulness: 'helpfulness: judge-1 aaaaaaaa' })
    const judge = (value: string, firstAt: number) => ({ helpfulness: { value, firstAt } })
    expect(tracker.run(MONDAY, {}, judge('helpfulness: judge-1 aaaaaaaa', MONDAY))).toEqual([])
    expect(tracker.run(MONDAY + DAY, {}, judge('helpfulness: judge-1 bbbbbbbb', MONDAY + 7))).toEqual([
      {
        kind: 'judge',
        from: 'helpfulness: judge-1 aaaaaaaa',
        value: 'helpfulness: judge-1 bbbbbbbb',
        slotAt: MONDAY + DAY,
        at: MONDAY + 7,
      },
    ])
    expect(tracker.run(MONDAY + 2 * DAY, {}, {})).toEqual([])
    expect(tracker.run(MONDAY + 3 * DAY, {}, judge('helpfulness: judge-1 bbbbbbbb', MONDAY + 9))).toEqual([])
  })

  test('of five judges on one day are five changes, and none of a judge that the baseline did not name', () => {
    const scores = ['a', 'b', 'c', 'd', 'e']
    const named = (version: string) => Object.fromEntries(scores.map((score) => [score, `${score}: m ${version}`]))
    const used = Object.fromEntries(scores.map((score) => [score, { value: `${score}: m 2`, firstAt: MONDAY }]))
    expect(createChangeTracker({}, named('1')).run(MONDAY, {}, used)).toHaveLength(5)
    expect(createChangeTracker({}, {}).run(MONDAY, {}, used)).toEqual([])
  })
})
