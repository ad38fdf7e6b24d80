import { INCIDENT_STATES, SEVERITIES, type IncidentState, type Severity } from '@tidemark/instrumentation/semconv'
import { stateSet, type Series } from './series.ts'

/** One state set for each severity, so that a ticket somebody took says nothing about a page; null: no incident, all 0. */
export function incidentSeries(stateOf: (severity: Severity) => IncidentState | null): Series[] {
  return SEVERITIES.flatMap((severity) =>
    stateSet('state', INCIDENT_STATES, stateOf(severity)).map(({ labels, value }) => ({
      labels: { severity, ...labels },
      value,
    })),
  )
}
