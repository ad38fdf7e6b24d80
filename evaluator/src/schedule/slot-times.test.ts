import { describe, expect, test } from 'vitest'
import { previousSlot, slotTimes } from './slot-times.ts'

const berlin = { timeZone: 'Europe/Berlin', schedule: { cadence: 'daily' as const, at: '08:00' } }
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

  test('weekly slots are on Mondays, hourly ones at the minute', () => {
    const weekly = { timeZone: 'UTC', schedule: { cadence: 'weekly' as const, at: '08:00' } }
    const [monday] = slotTimes(weekly, { after: at('2026-09-08T00:00Z'), until: at('2026-09-20T00:00Z') })
    expect(new Date(monday ?? 0).getUTCDay()).toBe(1)
    const hourly = { timeZone: 'UTC', schedule: { cadence: 'hourly' as const, at: '00:15' } }
    expect(slotTimes(hourly, { after: at('2026-09-08T00:00Z'), until: at('2026-09-08T03:00Z') })).toHaveLength(3)
  })
})
