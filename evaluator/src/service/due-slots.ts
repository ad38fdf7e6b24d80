import type { AgentSettings } from '../config.ts'
import { intervalMilliseconds } from '../schedule/cadence.ts'
import { previousSlot, slotTimes } from '../schedule/slot-times.ts'

const DAY = 86_400_000

/** A slot that is to be run, with the window of its data, epoch milliseconds. */
export type DueSlot = { readonly slotAt: number; readonly windowStart: number }

/**
 * The slots to run now, oldest first: settled, not older than the catch-up window or one interval, after the newest one that is done, and
 * with data that is not part of the baseline.
 */
export function dueSlots(
  settings: AgentSettings,
  facts: {
    readonly now: number
    readonly newestDone: number | null
    readonly firstSeenAt: number
    readonly baselineUntil: number | null
  },
): DueSlot[] {
  const { cadence, catchUpDays, paused, settleMinutes } = settings.schedule
  if (paused) return []
  const until = facts.now - settleMinutes * 60_000
  const after = Math.max(
    facts.newestDone ?? -Infinity,
    facts.firstSeenAt,
    facts.baselineUntil ?? -Infinity,
    facts.now - Math.max(catchUpDays * DAY, intervalMilliseconds(cadence)) - settleMinutes * 60_000,
  )
  return slotTimes(settings, { after, until }).map((slotAt, index) => {
    const previous = previousSlot(settings, slotAt)
    const start = index === 0 ? joined(previous, slotAt, facts.newestDone) : previous
    return { slotAt, windowStart: Math.max(start, facts.baselineUntil ?? -Infinity) }
  })
}

/**
 * Where the window of the first slot starts. After a change of cadence, time or time zone the slots that are done lie elsewhere:
 * what the newest of them has counted is not counted again, and what lies between it and the slot before this one is not lost.
 */
function joined(previous: number, slotAt: number, newestDone: number | null): number {
  if (newestDone === null || newestDone >= slotAt) return previous
  const isNeighbour = newestDone > previous - (slotAt - previous)
  return isNeighbour ? newestDone : previous
}
