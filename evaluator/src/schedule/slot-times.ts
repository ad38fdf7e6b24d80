import { Cron } from 'croner'
import type { AgentSettings } from '../config.ts'
import { intervalMilliseconds, rhythmOf } from './cadence.ts'

const DAY = 86_400_000
/** Where clocks change, a slot may be left out: the one before lies further back than an interval, at most this much. */
const LONGEST_SHIFT = DAY

type Timing = Pick<AgentSettings, 'timeZone'> & { readonly schedule: Pick<AgentSettings['schedule'], 'cadence' | 'at'> }

/** Slot times after `after` and up to `until`, both epoch milliseconds, in the time zone of the agent. */
export function slotTimes(timing: Timing, { after, until }: { after: number; until: number }): number[] {
  const cron = new Cron(patternOf(timing), { timezone: timing.timeZone })
  const isSlot = dayFilter(timing)
  const slots: number[] = []
  let next = cron.nextRun(new Date(after))
  while (next !== null && next.getTime() <= until) {
    if (isSlot(next)) slots.push(next.getTime())
    next = cron.nextRun(next)
  }
  return slots
}

/** The slot before one: the data window of a slot starts there. */
export function previousSlot(timing: Timing, slotAt: number): number {
  const interval = intervalMilliseconds(timing.schedule.cadence)
  const newestAfter = (after: number): number | undefined => slotTimes(timing, { after, until: slotAt - 1 }).at(-1)
  const nearest = slotAt - 1.5 * interval
  return newestAfter(nearest) ?? newestAfter(nearest - LONGEST_SHIFT) ?? slotAt - interval
}

/** Weekly slots are on Mondays, monthly ones on the first; every so many hours counts from midnight. */
function patternOf({ schedule }: Timing): string {
  const [hour, minute] = schedule.at.split(':').map(Number)
  const { unit, count } = rhythmOf(schedule.cadence)
  switch (unit) {
    case 'hour':
      return `${minute} ${count === 1 ? '*' : `*/${count}`} * * *`
    case 'day':
      return `${minute} ${hour} * * *`
    case 'week':
      return `${minute} ${hour} * * 1`
    case 'month':
      return `${minute} ${hour} 1 * *`
  }
}

/** Every so many days counts from 1970-01-01 of the local calendar, so that no restart moves it. */
function dayFilter({ timeZone, schedule }: Timing): (time: Date) => boolean {
  const { unit, count } = rhythmOf(schedule.cadence)
  if (unit !== 'day' || count === 1) return () => true
  const calendar = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: 'numeric', day: 'numeric' })
  return (time) => {
    const parts = Object.fromEntries(calendar.formatToParts(time).map(({ type, value }) => [type, Number(value)]))
    const { year, month, day } = parts
    return (Date.UTC(year ?? 0, (month ?? 1) - 1, day) / DAY) % count === 0
  }
}
