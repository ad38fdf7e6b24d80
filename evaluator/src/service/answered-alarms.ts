import type { Incident } from '../domain/verdict.ts'
import type { StoredIncident } from '../store/incidents.ts'

/** The incident of an alarm: the one opened by it, else the earliest that was not over before it and answers no other. */
function answeringIncident(
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

/** Incidents while the slots of a baseline are gone through again, in their order. */
export type AnsweredAlarms = {
  /** As the detectors are to see them. */
  readonly incidents: StoredIncident[]
  /** Those of alarms that nobody was told of. */
  readonly opened: Incident[]
  /** An alarm of a slot: its incident is found and moves to the slot, or is opened. */
  answer(alarm: Incident): void
  /** Whether the incident of this id has an alarm. */
  isAnswered(id: string): boolean
}

export function createAnsweredAlarms(known: readonly StoredIncident[]): AnsweredAlarms {
  const incidents = [...known]
  const opened: Incident[] = []
  const answered = new Set<string>()
  return {
    incidents,
    opened,
    isAnswered: (id) => answered.has(id),
    answer(alarm) {
      const incident = answeringIncident(alarm, incidents, answered)
      answered.add((incident ?? alarm).id)
      if (incident === undefined) {
        opened.push(alarm)
        incidents.push({ ...alarm, resolvedSlotAt: null })
      } else if (incident.openedSlotAt !== alarm.openedSlotAt) {
        const { openedSlotAt, onsetAt } = alarm
        incidents[incidents.indexOf(incident)] = { ...incident, openedSlotAt, onsetAt }
      }
    },
  }
}
