import { EVALUATOR_METRIC } from '@tidemark/instrumentation/semconv'

/** Key of a metric in the vocabulary. */
export type MetricKey = keyof typeof EVALUATOR_METRIC

/** One value of a metric of one agent; the label of the agent is added where the series is written. */
export type Series = { readonly labels: Readonly<Record<string, string>>; readonly value: number }

/** Evidence beyond this is as good as certain; a larger number would overflow in sums and products of rules. */
export const LARGEST_VALUE = 1e300

const LONGEST_LABEL = 128

/** One series, or none when there is no value. Infinite values are capped, so that nothing downstream sees NaN. */
export function series(labels: Readonly<Record<string, string>>, value: number | null): Series[] {
  if (value === null || Number.isNaN(value)) return []
  return [{ labels, value: Math.max(-LARGEST_VALUE, Math.min(LARGEST_VALUE, value)) }]
}

/** A state set: every state of a closed set, 1 for the one that holds. */
export function stateSet(label: string, states: readonly string[], current: string | null): Series[] {
  return states.map((state) => ({ labels: { [label]: state }, value: state === current ? 1 : 0 }))
}

/** Text from outside as a label value: well-formed, without control characters, at most 128 characters. */
export function labelText(text: string): string {
  const visible = text.toWellFormed().replaceAll(/\p{Cc}/gu, '\uFFFD')
  return visible.length <= LONGEST_LABEL ? visible : `${visible.slice(0, LONGEST_LABEL - 1).toWellFormed()}…`
}

/** The metrics of a table, each with its key of the vocabulary. */
export function metricsOf<Value>(table: Partial<Record<MetricKey, Value>>): [MetricKey, Value][] {
  return Object.keys(table)
    .filter(isMetricKey)
    .flatMap((key): [MetricKey, Value][] => {
      const value = table[key]
      return value === undefined ? [] : [[key, value]]
    })
}

function isMetricKey(key: string): key is MetricKey {
  return Object.hasOwn(EVALUATOR_METRIC, key)
}
