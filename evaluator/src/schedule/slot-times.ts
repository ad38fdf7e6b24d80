import { Cron } from 'croner'
import type { AgentSettings } from '../config.ts'

const HOUR = 3_600_000

/** Time between two slots, milliseconds; daylight saving makes single days an hour longer or shorter. */
export const INTERVAL_MILLISECONDS = { hourly: HOUR, daily: 24 * HOUR, weekly: 7 * 24 * HOUR } as const

/** Scheduled runs a year, the clock of the detector. */
export const RUNS_PER_YEAR = { hourly: 8760, daily: 365, weekly: 52 } as const

type Timing = Pick<AgentSettings, 'timeZone'> & { readonly schedule: Pick<AgentSettings['schedule'], 'cadence' | 'at'> }

/** Slot times after `after` and up to `until`, both epoch milliseconds, in the time zone of the agent. */
export function slotTimes(timing: Timing, { after, until }: { after: number; until: number }): number[] {
  const cron = new Cron(patternOf(timing), { timezone: timing.timeZone })
  const slots: number[] = []
  let next = cron.nextRun(new Date(after))
  while (next !== null && next.getTime() <= until) {
    slots.push(next.getTime())
    next = cron.nextRun(next)
  }
  return slots
}

/** The slot before one: the data window of a slot starts there. */
export function previousSlot(timing: Timing, slotAt: number): number {
  const interval = INTERVAL_MILLISECONDS[timing.schedule.cadence]
  return slotTimes(timing, { after: slotAt - 1.5 * interval, until: slotAt - 1 }).at(-1) ?? slotAt - interval
}

/** Weekly slots are on Mondays. */
function patternOf({ schedule }: Timing): string {
  const [hour, minute] = schedule.at.split(':').map(Number)
  switch (schedule.cadence) {
    case 'hourly':
      return `${minute} * * * *`
    case 'daily':
      return `${minute} ${hour} * * *`
    case 'weekly':
      return `${minute} ${hour} * * 1`
  }
}
