import { AGENT_LABEL, EVALUATOR_METRIC } from '@tidemark/instrumentation/semconv'
import { Counter, Gauge, Registry } from 'prom-client'
import { AGENT_SERIES } from './agent-series.ts'
import { rejectedCounts, spanCounts, type AgentCount } from './ingest-series.ts'
import { METRIC_HELP } from './metric-help.ts'
import type { PublishedAgent, PublishedState } from './published-state.ts'
import { labelText, metricsOf, series, type MetricKey, type Series } from './series.ts'
import { VERDICT_SERIES } from './verdict-series.ts'

/**
 * The stored results as Prometheus text (version 0.0.4). Nothing is remembered between two calls: a replica, or a process
 * that just started, shows the same as the one that evaluated.
 */
export async function renderMetrics(state: PublishedState): Promise<{ contentType: string; body: string }> {
  const registry = new Registry()
  for (const [key, seriesOf] of metricsOf(VERDICT_SERIES)) {
    const gauge = gaugeIn(registry, key)
    for (const { agent, verdict } of state.agents) if (verdict !== null) setAll(gauge, agent, seriesOf(verdict))
  }
  for (const [key, seriesOf] of metricsOf(AGENT_SERIES)) {
    const gauge = gaugeIn(registry, key)
    for (const agent of state.agents) setAll(gauge, agent.agent, seriesOf(agent))
  }
  addSelfMonitoring(registry, state)
  return { contentType: registry.contentType, body: await registry.metrics() }
}

function addSelfMonitoring(registry: Registry, { agents, ingest, store }: PublishedState): void {
  const known = new Set(agents.map(({ agent }: PublishedAgent) => agent))
  increaseAll(counterIn(registry, 'ingestSpans'), 'outcome', spanCounts(ingest, known))
  increaseAll(counterIn(registry, 'ingestRejected'), 'reason', rejectedCounts(ingest, known))
  for (const { value } of series({}, store.bytes)) gaugeIn(registry, 'storeBytes', []).set(value)
  for (const { value } of series({}, store.errors)) counterIn(registry, 'storeErrors', []).inc(value)
}

function gaugeIn(registry: Registry, key: MetricKey, agentLabels: readonly string[] = [AGENT_LABEL]): Gauge {
  return new Gauge({ ...definition(key, agentLabels), registers: [registry] })
}

function counterIn(registry: Registry, key: MetricKey, agentLabels: readonly string[] = [AGENT_LABEL]): Counter {
  return new Counter({ ...definition(key, agentLabels), registers: [registry] })
}

function definition(key: MetricKey, agentLabels: readonly string[]) {
  const { name, labels } = EVALUATOR_METRIC[key]
  return { name, help: METRIC_HELP[key].help, labelNames: [...agentLabels, ...labels] }
}

function setAll(gauge: Gauge, agent: string, entries: readonly Series[]): void {
  for (const { labels, value } of entries) gauge.set({ [AGENT_LABEL]: labelText(agent), ...labels }, value)
}

function increaseAll(counter: Counter, label: string, counts: readonly AgentCount[]): void {
  for (const entry of counts)
    counter.inc({ [AGENT_LABEL]: labelText(entry.agent), [label]: labelText(entry.label) }, entry.count)
}
