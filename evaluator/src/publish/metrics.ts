import { AGENT_LABEL, EVALUATOR_METRIC } from '@tidemark/instrumentation/semconv'
import { Counter, Gauge, Registry } from 'prom-client'
import { METRIC_HELP } from './metric-help.ts'
import { publishedMetrics, type PublishedMetric } from './published-metrics.ts'
import type { PublishedState } from './published-state.ts'
import type { MetricKey } from './series.ts'

/**
 * The stored results as Prometheus text (version 0.0.4). Nothing is remembered between two calls: a replica, or a process
 * that just started, shows the same as the one that evaluated.
 */
export async function renderMetrics(state: PublishedState): Promise<{ contentType: string; body: string }> {
  const registry = new Registry()
  for (const metric of publishedMetrics(state)) write(registry, metric)
  return { contentType: registry.contentType, body: await registry.metrics() }
}

function write(registry: Registry, { key, series }: PublishedMetric): void {
  const { type, help } = METRIC_HELP[key]
  const { name, labels } = EVALUATOR_METRIC[key]
  const labelNames = [...(WITHOUT_AGENT.has(key) ? [] : [AGENT_LABEL]), ...labels]
  const definition = { name, help, labelNames, registers: [registry] }
  if (type === 'counter') {
    const counter = new Counter(definition)
    for (const { labels: values, value } of series) counter.inc(values, value)
  } else {
    const gauge = new Gauge(definition)
    for (const { labels: values, value } of series) gauge.set(values, value)
  }
}

/** What is said of the store is said of no agent. */
const WITHOUT_AGENT: ReadonlySet<MetricKey> = new Set(['storeBytes', 'storeErrors'])
