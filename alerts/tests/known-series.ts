/** The series that rules may read, with their labels, taken from the vocabulary. */
import {
  AGENT_LABEL,
  AGENT_MODES,
  ATTRIBUTE,
  CLIENT_METRIC,
  ESCALATION_REASONS,
  EVALUATOR_METRIC,
  INCIDENT_STATES,
  INSTRUMENT,
  ROUTES,
  SEVERITIES,
  SIGNAL_ATTRIBUTE,
  TELEMETRY_SIGNALS,
  TIDEMARK,
  VALIDATION_OUTCOMES,
  VERDICTS,
  prometheusName,
} from '@tidemark/instrumentation/semconv'

/** Labels that Prometheus gives to what it scrapes or receives. */
const TARGET_LABELS = ['job', 'instance']

const label = (attribute: string): string => attribute.replaceAll('.', '_')

/** The attributes of the instrumentation's metrics beside the agent's name; DESIGN section 3. */
const INSTRUMENT_ATTRIBUTES: Record<keyof typeof INSTRUMENT, { isCounter: boolean; attributes: string[] }> = {
  attempts: { isCounter: true, attributes: [ATTRIBUTE.providerName, TIDEMARK.attemptOutcome] },
  retryDelay: { isCounter: false, attributes: [ATTRIBUTE.providerName, TIDEMARK.attemptOutcome] },
  validations: { isCounter: true, attributes: [TIDEMARK.validationOutcome] },
  decisions: { isCounter: true, attributes: [TIDEMARK.route, TIDEMARK.escalationReason] },
  cost: { isCounter: true, attributes: [ATTRIBUTE.providerName, ATTRIBUTE.responseModel] },
  costUnknown: { isCounter: true, attributes: [ATTRIBUTE.providerName, ATTRIBUTE.responseModel] },
  agentInfo: { isCounter: false, attributes: [ATTRIBUTE.responseModel, ATTRIBUTE.promptVersion] },
  telemetryDropped: { isCounter: true, attributes: [SIGNAL_ATTRIBUTE] },
}

/** Attributes that the convention lists for its client metrics, as far as rules use them. */
const CLIENT_ATTRIBUTES = [
  ATTRIBUTE.providerName,
  ATTRIBUTE.operationName,
  ATTRIBUTE.responseModel,
  ATTRIBUTE.errorType,
  ATTRIBUTE.tokenType,
]

export type KnownSeries = Map<string, ReadonlySet<string>>

/** Name of each series that Tidemark or Prometheus itself emits, and its labels. */
export function emittedSeries(): KnownSeries {
  const series: KnownSeries = new Map()
  const add = (name: string, labels: readonly string[]): void =>
    void series.set(name, new Set([...TARGET_LABELS, ...labels]))
  add('up', [])
  for (const { name, labels } of Object.values(EVALUATOR_METRIC)) {
    add(name, name.startsWith('tidemark_store_') ? labels : [AGENT_LABEL, ...labels])
  }
  for (const [key, { isCounter, attributes }] of entries(INSTRUMENT_ATTRIBUTES)) {
    const { name, unit } = INSTRUMENT[key]
    add(prometheusName(name, unit, isCounter), [AGENT_LABEL, ...attributes.map(label)])
  }
  for (const [key, name] of entries(CLIENT_METRIC.v1)) {
    const base = prometheusName(name, key === 'tokenUsage' ? '{token}' : 's', false)
    for (const suffix of ['_bucket', '_sum', '_count']) {
      add(`${base}${suffix}`, [AGENT_LABEL, ...CLIENT_ATTRIBUTES.map(label), ...(suffix === '_bucket' ? ['le'] : [])])
    }
  }
  return series
}

/** Values of labels whose set is closed: another value in a rule can never match. */
export const CLOSED_SETS: Record<string, readonly string[]> = {
  severity: SEVERITIES,
  verdict: VERDICTS,
  state: INCIDENT_STATES,
  mode: AGENT_MODES,
  window: ['baseline', 'current'],
  [label(TIDEMARK.route)]: ROUTES,
  [label(TIDEMARK.escalationReason)]: ESCALATION_REASONS,
  [label(TIDEMARK.validationOutcome)]: VALIDATION_OUTCOMES,
  [SIGNAL_ATTRIBUTE]: TELEMETRY_SIGNALS,
}

function entries<K extends string, V>(record: Readonly<Record<K, V>>): [K, V][] {
  const pairs: [K, V][] = []
  for (const key in record) pairs.push([key, record[key]])
  return pairs
}
