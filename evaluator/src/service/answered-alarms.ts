import type { Incident } from '../domain/verdict.ts'
import type { StoredIncident } from '../store/incidents.ts'

/** The incident of an alarm: the one opened by it, else the earliest that was not over before it and answers no other. */
export function answeringIncident(
  alarm: Incident,
  incidents: readonly StoredIncident[],
  answered: ReadonlySet<string>,
): StoredIncident | undefined {
  const free = incidents.filter(
    ({ id, severity, variant }) => severity === alarm.severity && variant === alarm.variant && !answered.has(id),
  )
  return (
    free.find(({ openedSlotAt }) => openedSlotAt === alarm.openedSlotAt) ??
    free.find(({ resolvedSlotAt }) => resolvedSlotAt === null || resolvedSlotAt >= alarm.openedSlotAt)
  )
}
