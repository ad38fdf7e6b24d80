import { describe, expect, test } from 'vitest'
import { drawBaseline, repeated, seededRandom, slotOf } from '../../tests/segment-traffic.ts'
import type { BatchStatistics } from './batch-statistics.ts'
import { createEscalationWatch, type EscalationState } from './escalation-watch.ts'
import type { DetectorIncident } from './watched-detector.ts'

const baseline = drawBaseline({ calls: 60, segments: { orders: { share: 1, invalid: 0 } } }, seededRandom(1), {
  escalationLimits: [0.15, 0.3],
})

/** Days of 100 decisions with so many escalated. */
function play(escalated: readonly number[], incidents: readonly DetectorIncident[] = []): EscalationState[] {
  const watch = createEscalationWatch(baseline)
  return escalated.map((count, day) => watch.run(slotOf(day + 1), decisionsOf(count), incidents))
}

function decisionsOf(escalated: number): BatchStatistics {
  return {
    strata: [],
    items: 100,
    itemsByStratum: [],
    scores: {},
    values: {},
    decisions: { escalated, others: 100 - escalated },
  }
}

const HIGH = [...repeated(10, 8), ...repeated(3, 40)]
const alarmDay = play(HIGH).findIndex(({ alarmedNow }) => alarmedNow)
const closed = (day: number): DetectorIncident => ({
  severity: 'ticket',
  state: 'fixed',
  openedSlotAt: slotOf(alarmDay + 1),
  resolvedSlotAt: slotOf(day),
})

describe('the escalation share', () => {
  test('raises one alarm, however long it stays high', () => {
    const states = play([...repeated(10, 8), ...repeated(20, 40)])
    expect(states.filter(({ alarmedNow }) => alarmedNow)).toHaveLength(1)
    expect(states.at(-1)).toMatchObject({ alarm: true, share: 0.4 })
  })

  test('keeps its alarm while nobody has closed the incident, although the share is low again', () => {
    const states = play([...HIGH, ...repeated(60, 5)])
    expect(states.at(-1)).toMatchObject({ alarm: true })
  })

  test('starts again at 0 once the incident is closed and the share of 20 runs is at or below the limit', () => {
    const states = play([...HIGH, ...repeated(60, 10)], [closed(HIGH.length + 5)])
    const clearedDay = states.findIndex(({ alarm }, day) => day > alarmDay && !alarm)
    // 3 days at 40 % leave the last 20 runs at or below 15 % from the 17th good day on
    const before = states[clearedDay - 1]
    expect(before?.evidence['0.15']).toBeGreaterThanOrEqual(365)
    expect(states[clearedDay]?.evidence).toMatchObject({ '0.15': 0 })
    expect(clearedDay).toBeGreaterThan(HIGH.length + 4)
    expect(clearedDay).toBeLessThan(HIGH.length + 25)
    expect(states.at(-1)?.alarm).toBe(false)
  })

  test('does not clear while the share is still above the limit, closed or not', () => {
    const states = play([...HIGH, ...repeated(60, 25)], [closed(HIGH.length)])
    expect(states.at(-1)).toMatchObject({ alarm: true })
    expect(states.filter(({ alarmedNow }) => alarmedNow)).toHaveLength(1)
  })

  test('raises a second alarm when the share rises again after it cleared', () => {
    const states = play([...HIGH, ...repeated(40, 5), ...repeated(5, 40)], [closed(HIGH.length + 1)])
    expect(states.filter(({ alarmedNow }) => alarmedNow)).toHaveLength(2)
  })

  test('restarts a limit for itself: the other keeps what it has gathered', () => {
    const mild = [...repeated(10, 8), ...repeated(6, 24)]
    const opened = play(mild).findIndex(({ alarmedNow }) => alarmedNow)
    const incident = { ...closed(mild.length + 1), openedSlotAt: slotOf(opened + 1) }
    const states = play([...mild, ...repeated(30, 10)], [incident])
    const untouched = play([...mild, ...repeated(30, 10)])
    expect(states.at(-1)?.alarm).toBe(false)
    expect(states.at(-1)?.evidence['0.15']).toBeLessThan(untouched.at(-1)?.evidence['0.15'] ?? 0)
    expect(states.at(-1)?.evidence['0.3']).toBe(untouched.at(-1)?.evidence['0.3'])
  })
})
