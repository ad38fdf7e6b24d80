import { expect, test } from 'vitest'
import { seededRandom } from './seeded-random.ts'
import { momentsOf, simulatedDays } from './simulated-days.ts'

const now = Date.parse('2026-11-24T13:45:00Z')
const days = simulatedDays(60, now)

test('the last day is yesterday and its slot is today at midnight UTC', () => {
  expect(new Date(days.startOf(60)).toISOString()).toBe('2026-11-23T00:00:00.000Z')
  expect(new Date(days.slotOf(60)).toISOString()).toBe('2026-11-24T00:00:00.000Z')
})

test('days count from 1, and 0 and below come before', () => {
  expect(new Date(days.startOf(1)).toISOString()).toBe('2026-09-25T00:00:00.000Z')
  expect(days.dayOf(days.startOf(1))).toBe(1)
  expect(days.dayOf(days.startOf(-2))).toBe(-2)
  expect(days.dayOf(days.slotOf(31) - 1)).toBe(31)
})

test('moments of a day are in order, on that day, and spread over all of it', () => {
  const moments = momentsOf(days.startOf(5), 100, seededRandom(1))
  expect(moments).toEqual(moments.toSorted((left, right) => left - right))
  expect(moments.every((moment) => days.dayOf(moment) === 5)).toBe(true)
  expect((moments.at(-1) ?? 0) - (moments[0] ?? 0)).toBeGreaterThan(23 * 3_600_000)
})
