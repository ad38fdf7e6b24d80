import { describe, expect, test } from 'vitest'
import { intervalMilliseconds, runsPerYear } from './cadence.ts'
import { previousSlot, slotTimes } from './slot-times.ts'

const berlin = { timeZone: 'Europe/Berlin', schedule: { cadence: 'daily', at: '08:00' } }
const at = (iso: string): number => Date.parse(iso)

describe('slots', () => {
  test('lie at the local hour on both sides of daylight saving', () => {
    const slots = slotTimes(berlin, { after: at('2026-10-24T00:00Z'), until: at('2026-10-26T23:00Z') })
    expect(slots.map((slot) => new Date(slot).toISOString())).toEqual([
      '2026-10-24T06:00:00.000Z',
      '2026-10-25T07:00:00.000Z',
      '2026-10-26T07:00:00.000Z',
    ])
  })

  test('the window of the slot after the change of clocks is 25 hours long', () => {
    const slot = at('2026-10-25T07:00Z')
    expect((slot - previousSlot(berlin, slot)) / 3_600_000).toBe(25)
  })

  test('the window of the slot after the spring change is 23 hours long', () => {
    const slot = at('2026-03-29T06:00Z')
    expect((slot - previousSlot(berlin, slot)) / 3_600_000).toBe(23)
  })

  test('`after` is excluded, `until` is included', () => {
    const slot = at('2026-06-01T06:00Z')
    expect(slotTimes(berlin, { after: slot, until: slot + 1000 })).toEqual([])
    expect(slotTimes(berlin, { after: slot - 1, until: slot })).toEqual([slot])
  })

  test.each([
    ['6h', '2026-03-28T00:00Z', '2026-03-30T00:00Z'],
    ['12h', '2026-10-24T00:00Z', '2026-10-27T00:00Z'],
    ['3d', '2026-03-20T00:00Z', '2026-04-20T00:00Z'],
    ['monthly', '2026-01-15T00:00Z', '2027-02-15T00:00Z'],
  ])(
    'every %s in a zone with daylight saving: windows join without a gap, one interval each',
    (cadence, from, until) => {
      const timing = { timeZone: 'Europe/Berlin', schedule: { cadence, at: '08:30' } }
      const slots = slotTimes(timing, { after: at(from), until: at(until) })
      expect(slots.length).toBeGreaterThan(5)
      for (const [index, slot] of slots.entries())
        if (index > 0) expect(previousSlot(timing, slot)).toBe(slots[index - 1])
      const mean = ((slots.at(-1) ?? 0) - (slots[0] ?? 0)) / (slots.length - 1)
      expect(mean / intervalMilliseconds(cadence)).toBeCloseTo(1, 1)
    },
  )

  test.each(
    ['hourly', '2h', '3h', '4h', '8h', '12h', 'daily'].flatMap((cadence) =>
      [
        ['Europe/Berlin', '2026-03-29T00:00Z'],
        ['Europe/Berlin', '2026-10-25T00:00Z'],
        ['America/Santiago', '2026-04-05T00:00Z'],
        ['America/Santiago', '2026-09-06T00:00Z'],
        ['Australia/Lord_Howe', '2026-04-05T00:00Z'],
      ].map(([timeZone = '', change = '']) => ({ cadence, timeZone, change })),
    ),
  )('every $cadence in $timeZone: no call lies between two windows around $change', ({ cadence, timeZone, change }) => {
    const timing = { timeZone, schedule: { cadence, at: '08:00' } }
    const slots = slotTimes(timing, { after: at(change) - 2 * 86_400_000, until: at(change) + 2 * 86_400_000 })
    expect(slots.slice(1).map((slot) => previousSlot(timing, slot))).toEqual(slots.slice(0, -1))
  })

  test('every three days are the same days whenever it is asked', () => {
    const timing = { timeZone: 'America/New_York', schedule: { cadence: '3d', at: '08:00' } }
    const all = slotTimes(timing, { after: at('2026-01-01T00:00Z'), until: at('2026-12-31T00:00Z') })
    const late = slotTimes(timing, { after: at('2026-07-02T00:00Z'), until: at('2026-12-31T00:00Z') })
    expect(all.slice(-late.length)).toEqual(late)
  })

  test('an hour that does not exist is made up for, one that comes twice counts once', () => {
    const timing = { timeZone: 'Europe/Berlin', schedule: { cadence: 'daily', at: '02:30' } }
    expect(slotTimes(timing, { after: at('2026-03-28T12:00Z'), until: at('2026-03-30T12:00Z') })).toHaveLength(2)
    expect(slotTimes(timing, { after: at('2026-10-24T12:00Z'), until: at('2026-10-26T12:00Z') })).toHaveLength(2)
  })

  test('weekly slots are on Mondays, hourly ones at the minute', () => {
    const weekly = { timeZone: 'UTC', schedule: { cadence: 'weekly', at: '08:00' } }
    const [monday] = slotTimes(weekly, { after: at('2026-09-08T00:00Z'), until: at('2026-09-20T00:00Z') })
    expect(new Date(monday ?? 0).getUTCDay()).toBe(1)
    const hourly = { timeZone: 'UTC', schedule: { cadence: 'hourly', at: '00:15' } }
    expect(slotTimes(hourly, { after: at('2026-09-08T00:00Z'), until: at('2026-09-08T03:00Z') })).toHaveLength(3)
  })
})

describe('runs a year', () => {
  test.each([
    ['hourly', 8760],
    ['6h', 1460],
    ['daily', 365],
    ['2d', 182],
    ['weekly', 52],
    ['monthly', 12],
  ])('of %s are %d', (cadence, runs) => {
    expect(runsPerYear(cadence)).toBe(runs)
  })
})
