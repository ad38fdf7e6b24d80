import { describe, expect, test } from 'vitest'
import { DAY, dayOfCalls, MONDAY, type DayShape } from '../../tests/call-records.ts'
import { freezeBaseline } from './baseline-document.ts'
import { batchStatistics, type BatchStatistics } from './batch-statistics.ts'
import { variantStatistics } from './variant-statistics.ts'
import { createWatch, type WatchState } from './watch.ts'
import { VARIANTS_A_YEAR } from './variant-watch.ts'
import { seededRandom } from '../../tests/segment-traffic.ts'
import { createVariantDetector, launchLump } from '../statistics/index.ts'
import type { DetectorIncident } from './watched-detector.ts'

const CONTROL: DayShape = { calls: 90, invalidEvery: 25 }
const LIKE_CONTROL: DayShape = { calls: 25, invalidEvery: 25 }
const BROKEN: DayShape = { calls: 10, invalidEvery: 1 }
const slotOf = (day: number): number => MONDAY + day * DAY

const baseline = freezeBaseline(dayOfCalls(MONDAY - DAY, { ...CONTROL, calls: 250 }), {
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

/** Control and the arms of some days; a day without an arm has control alone. */
function batches(days: readonly Readonly<Record<string, DayShape>>[]): BatchStatistics[] {
  return days.map((arms, i) => {
    const frozen = baseline.scores
    const { segments, strata } = baseline
    const own = batchStatistics(dayOfCalls(slotOf(i), CONTROL), [], { frozen, strata, segments })
    const items = new Map(Object.entries(arms).map(([name, shape]) => [name, dayOfCalls(slotOf(i), shape)]))
    return { ...own, variants: variantStatistics(items, { frozen, strata: own.strata, segments }) }
  })
}

function play(stored: readonly BatchStatistics[], incidents: readonly DetectorIncident[] = []): WatchState[] {
  const watch = createWatch(baseline)
  return stored.map((batch, i) => watch.run(slotOf(i + 1), batch, incidents))
}

const canary = (shape: DayShape, days: number): Record<string, DayShape>[] =>
  Array.from({ length: days }, () => ({ canary: shape }))
const reportOf = (state: WatchState | undefined) => state?.variants[0]?.report

describe('a variant beside control of the same day', () => {
  test('that breaks is in alarm within two days, while control is as it was', () => {
    const states = play(batches([...canary(LIKE_CONTROL, 3), ...canary(BROKEN, 2)]))
    const alarmed = states.findIndex(({ variants }) => variants.some(({ alarmedNow }) => alarmedNow))
    expect([3, 4]).toContain(alarmed)
    const last = states.at(-1)
    expect(last?.page?.report.alarm).toBe(false)
    expect(last?.ticket?.report.alarm).toBe(false)
    expect(reportOf(last)).toMatchObject({ variant: 'canary', alarm: true, sinceSlotAt: slotOf(4) })
  })

  test('that is like control stays out of alarm for a month', () => {
    const states = play(batches(canary(LIKE_CONTROL, 30)))
    expect(states.some(({ variants }) => variants.some(({ report }) => report.alarm))).toBe(false)
    const valid = reportOf(states.at(-1))?.differences.find(({ score }) => score === 'valid')
    expect(valid).toMatchObject({ control: { samples: 30 * 90 }, variant: { samples: 750 } })
    expect(valid!.low).toBeLessThan(valid!.difference)
    expect(valid!.high).toBeGreaterThan(valid!.difference)
  })

  test('moves nothing of the watch over control, not by a bit', () => {
    const apart = (state: WatchState): Omit<WatchState, 'variants'> => {
      const { variants: _, ...own } = state
      return own
    }
    const withCanary = play(batches(canary(BROKEN, 5))).map(apart)
    const alone = play(batches(Array.from({ length: 5 }, () => ({})))).map(apart)
    expect(withCanary).toEqual(alone)
  })

  test('comes to the same bits from its stored statistics', () => {
    const stored = batches([...canary(LIKE_CONTROL, 4), ...canary(BROKEN, 3)])
    const again = JSON.parse(JSON.stringify(stored)) as BatchStatistics[]
    expect(play(again).map(({ variants }) => variants)).toEqual(play(stored).map(({ variants }) => variants))
  })

  test('keeps its alarm until its own incident is resolved, and can raise another', () => {
    const days = batches([...canary(BROKEN, 3), ...canary(LIKE_CONTROL, 3), ...canary(BROKEN, 6)])
    const first = play(days).findIndex(({ variants }) => variants.some(({ alarmedNow }) => alarmedNow)) + 1
    const resolved: DetectorIncident = {
      severity: 'page',
      state: 'fixed',
      openedSlotAt: slotOf(first),
      resolvedSlotAt: slotOf(4),
      variant: 'canary',
    }
    const states = play(days, [resolved])
    expect(reportOf(states[3])?.alarm).toBe(true)
    expect(reportOf(states[4])?.alarm).toBe(false)
    expect(reportOf(states.at(-1))?.alarm).toBe(true)
    // an incident of another variant ends nothing
    expect(reportOf(play(days, [{ ...resolved, variant: 'other' }])[4])?.alarm).toBe(true)
  })

  test('in a segment that control does not have is compared with nothing', () => {
    const segments = ['tidemark.segment']
    const items = dayOfCalls(slotOf(0), BROKEN).map((item) => ({ ...item, call: { ...item.call, segment: 'new' } }))
    const statistics = variantStatistics(new Map([['canary', items]]), {
      frozen: baseline.scores,
      strata: ['known'],
      segments,
    })
    expect(statistics).toEqual({ canary: { items: 10, scores: {} } })
  })

  test('with the name of a property of all objects is a variant like any other', () => {
    const [batch] = batches([JSON.parse('{"__proto__":{"calls":10,"invalidEvery":1}}') as Record<string, DayShape>])
    expect(Object.keys(JSON.parse(JSON.stringify(batch?.variants)) as object)).toEqual(['__proto__'])
  })

  test('like control raises a false alarm in less than one of twenty months', () => {
    const random = seededRandom(7)
    const draw = (n: number, p: number) => ({ n, x: Array.from({ length: n }, random).filter((u) => u < p).length })
    const streams = ['a', 'b', 'c'].map((name) => ({
      name,
      kind: 'binary' as const,
      weight: 1 / 3,
      direction: 'higher-better' as const,
      tolerance: 0.02,
      baseline: [{ n: 250, x: 240 }],
    }))
    const budget = { runsPerYear: 365, falseAlarmsPerYear: 1, lump: launchLump(365, 1) / VARIANTS_A_YEAR }
    const months = 200
    let alarms = 0
    for (let month = 0; month < months; month++) {
      const detector = createVariantDetector({ streams, ...budget })
      for (let day = 0; day < 30; day++) {
        const arms = streams.map(() => ({ variant: [draw(10, 0.9)], control: [draw(90, 0.9)] }))
        if (detector.step(arms)?.pages !== true) continue
        alarms++
        break
      }
    }
    expect(alarms / months).toBeLessThan(0.05)
  }, 30_000)
})
