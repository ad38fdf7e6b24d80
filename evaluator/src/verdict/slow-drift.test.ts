import { describe, expect, test } from 'vitest'
import { drawBaseline, playTraffic, repeated, seededRandom, slotOf, type Traffic } from '../../tests/segment-traffic.ts'
import type { BinaryCount } from '../statistics/index.ts'
import type { BatchStatistics, ScoreStatistics } from './batch-statistics.ts'
import { createSlowDrift } from './slow-drift.ts'
import type { WatchState } from './watch.ts'

const traffic = (invalid: number, calls = 100): Traffic => ({
  calls,
  segments: { orders: { share: 0.7, invalid }, refunds: { share: 0.3, invalid } },
})

/** Invalid outputs creep from 3 % up by a point in 20 days. */
const creeping = (days: number): Traffic[] => Array.from({ length: days }, (_, day) => traffic(0.03 + 0.0005 * day))
/** An owner so patient that the page does not come first; tickets have a budget of their own. */
const PATIENT = { falsePagesPerYear: 1e-9 }

function firstTicket(states: readonly WatchState[]): number {
  return states.findIndex(({ ticket }) => ticket?.alarmedNow === true)
}

describe('the comparison with the frozen baseline', () => {
  test('opens a ticket without a date when quality crept down over months', () => {
    const baseline = { ...drawBaseline(traffic(0.03, 300), seededRandom(2), PATIENT), watchedSegments: [] }
    const states = playTraffic(baseline, creeping(200), seededRandom(902))
    const day = states.findIndex(({ ticket }) => ticket?.isSlow === true)
    expect(day).toBeGreaterThan(29)
    const { ticket, frozenComparisons } = states[day]!
    const valid = frozenComparisons.find(({ score }) => score === 'valid')
    expect(valid).toMatchObject({ kind: 'binary', runs: 30, level: 0.95, tolerance: 0.02 })
    expect(frozenComparisons.some(({ opensTicket }) => opensTicket)).toBe(true)
    expect(ticket).toMatchObject({ alarmedNow: true, onsetSlot: slotOf(day + 1 - 29) })
    // rules and panels compare evidence with the threshold
    expect(ticket?.report.evidence).toBeGreaterThanOrEqual(ticket?.report.threshold ?? Infinity)
  }, 60_000)

  test('after "fixed" starts with new runs, and after a false alarm asks no more about that score', () => {
    const baseline = { ...drawBaseline(traffic(0.03, 300), seededRandom(2), PATIENT), watchedSegments: [] }
    const days = [...creeping(180), ...repeated(60, traffic(0.12))]
    const opened = firstTicket(playTraffic(baseline, days, seededRandom(902)))
    const incident = {
      severity: 'ticket',
      openedSlotAt: slotOf(opened + 1),
      resolvedSlotAt: slotOf(opened + 1),
    } as const
    const fixed = playTraffic(baseline, days, seededRandom(902), [{ ...incident, state: 'fixed' }])
    expect(fixed[opened + 1]?.frozenComparisons[0]?.runs).toBe(1)
    expect(fixed[opened + 1]?.ticket?.report.alarm).toBe(false)
    const mistaken = playTraffic(baseline, days, seededRandom(902), [{ ...incident, state: 'false_alarm' }])
    const muted = states(mistaken.slice(opened + 31), 'valid')
    expect(muted.length).toBeGreaterThan(0)
    expect(muted.every(({ opensTicket }) => !opensTicket)).toBe(true)
  }, 60_000)

  test('opens none before 30 runs, nor for an improvement, nor with a budget of 0', () => {
    const baseline = drawBaseline(traffic(0.1, 300), seededRandom(3))
    const improved = playTraffic(baseline, repeated(40, traffic(0)), seededRandom(4))
    expect(states(improved, 'valid').some(({ opensTicket }) => opensTicket)).toBe(false)
    expect(states(improved, 'valid').at(-1)?.low).toBeGreaterThan(0)
    const worse = repeated(40, traffic(0.5))
    const soon = playTraffic(baseline, worse, seededRandom(5)).slice(0, 29)
    expect(soon.flatMap((state) => state.frozenComparisons).some(({ opensTicket }) => opensTicket)).toBe(false)
    const none = playTraffic({ ...baseline, slowDriftShare: 0 }, worse, seededRandom(5))
    expect(none.flatMap((state) => state.frozenComparisons).some(({ opensTicket }) => opensTicket)).toBe(false)
  })

  test('widens its interval where few tickets are budgeted', () => {
    const baseline = drawBaseline(traffic(0.03, 300), seededRandom(6), { ticketsPerYear: 1.2 })
    const [state] = playTraffic(baseline, [traffic(0.03)], seededRandom(7))
    expect(state?.frozenComparisons[0]?.level).toBeCloseTo(0.995, 12)
  })

  test('spends at most its part of the tickets in years without a change', () => {
    const years = 100
    const random = seededRandom(8)
    const draw = (n: number): BinaryCount => ({
      n,
      x: Array.from({ length: n }, random).filter((u) => u > 0.03).length,
    })
    let tickets = 0
    for (let year = 0; year < years; year++) {
      const frozen = drawBaseline(traffic(0.03, 60), random)
      const valid = (n: number): ScoreStatistics => ({ kind: 'binary', mean: [draw(n)], missing: [] })
      const comparison = createSlowDrift({ ...frozen, statistics: { valid: valid(250) } })
      const days = Array.from({ length: 365 }, () => comparison.run(dayOf({ valid: valid(30) })))
      if (days.some((found) => found.some(({ opensTicket }) => opensTicket))) tickets++
    }
    // a ticket a year is budgeted for all scores together: of one rate's the bound would be a sixth of the years
    expect(tickets).toBeLessThanOrEqual(5)
  }, 60_000)
})

function dayOf(scores: Readonly<Record<string, ScoreStatistics>>): BatchStatistics {
  return {
    strata: ['all'],
    items: 30,
    itemsByStratum: [30],
    scores,
    values: {},
    decisions: { escalated: 0, others: 0 },
  }
}

function states(played: readonly WatchState[], score: string): WatchState['frozenComparisons'][number][] {
  return played.flatMap(({ frozenComparisons }) => frozenComparisons.filter((one) => one.score === score))
}
