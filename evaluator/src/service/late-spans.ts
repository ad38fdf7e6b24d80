import type { AgentSettings } from '../config.ts'
import { previousSlot } from '../schedule/slot-times.ts'

const MINUTE = 60_000

/**
 * Before which start a call of the agent comes too late: its slot has had its settling time, and was or is being run.
 * Looked up once a minute and agent.
 */
export function lateBefore(): (
  agent: string,
  settings: Pick<AgentSettings, 'schedule' | 'timeZone'>,
  now: number,
) => number {
  const known = new Map<string, { readonly until: number; readonly boundary: number }>()
  return (agent, settings, now) => {
    const entry = known.get(agent)
    if (entry !== undefined && now < entry.until && now >= entry.until - MINUTE) return entry.boundary
    const boundary = previousSlot(settings, now - settings.schedule.settleMinutes * MINUTE + 1)
    known.set(agent, { until: now + MINUTE, boundary })
    return boundary
  }
}
