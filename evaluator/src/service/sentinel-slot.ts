import type { AgentSettings } from '../config.ts'
import { slotTimes } from '../schedule/slot-times.ts'

const DAY = 86_400_000

/**
 * The slot of sentinels that is to be run now: once a day at the agent's time, whatever its cadence. A day that was missed is
 * not made up for, since an agent can only be asked today. Null: none.
 */
export function sentinelSlot(
  { timeZone, schedule }: Pick<AgentSettings, 'timeZone' | 'schedule'>,
  facts: { readonly now: number; readonly newestDone: number | null; readonly baselineCreatedAt: number },
): number | null {
  if (schedule.paused) return null
  const timing = { timeZone, schedule: { cadence: 'daily', at: schedule.at } }
  const after = Math.max(facts.newestDone ?? -Infinity, facts.baselineCreatedAt, facts.now - 1.5 * DAY)
  return slotTimes(timing, { after, until: facts.now }).at(-1) ?? null
}

/** The slot of sentinels after the newest one that is done, or after the freeze; null while the schedule is paused. */
export function nextSentinelSlot(
  { timeZone, schedule }: Pick<AgentSettings, 'timeZone' | 'schedule'>,
  facts: { readonly newestDone: number | null; readonly baselineCreatedAt: number },
): number | null {
  if (schedule.paused) return null
  const timing = { timeZone, schedule: { cadence: 'daily', at: schedule.at } } as const
  const after = Math.max(facts.newestDone ?? -Infinity, facts.baselineCreatedAt)
  return slotTimes(timing, { after, until: after + 2 * DAY })[0] ?? null
}
