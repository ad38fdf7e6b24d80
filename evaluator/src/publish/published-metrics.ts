import { AGENT_LABEL } from '@tidemark/instrumentation/semconv'
import { AGENT_SERIES } from './agent-series.ts'
import { rejectedCounts, spanCounts, type AgentCount } from './ingest-series.ts'
import type { PublishedState } from './published-state.ts'
import { labelText, metricsOf, series, type MetricKey, type Series } from './series.ts'
import { VERDICT_SERIES } from './verdict-series.ts'

/** One metric of the vocabulary; each series carries all its labels, the agent's too. */
export type PublishedMetric = { readonly key: MetricKey; readonly series: readonly Series[] }

/** Everything that is published of a state, in the order of the vocabulary's tables; the way out is the reader's. */
export function* publishedMetrics({ agents, ingest, store }: PublishedState): Generator<PublishedMetric> {
  for (const [key, seriesOf] of metricsOf(VERDICT_SERIES))
    yield {
      key,
      series: agents.flatMap(({ agent, verdict }) => (verdict === null ? [] : ofAgent(agent, seriesOf(verdict)))),
    }
  for (const [key, seriesOf] of metricsOf(AGENT_SERIES))
    yield { key, series: agents.flatMap((one) => ofAgent(one.agent, seriesOf(one))) }
  const known = new Set(agents.map(({ agent }) => agent))
  yield { key: 'ingestSpans', series: spanCounts(ingest, known).map((count) => countOf('outcome', count)) }
  yield { key: 'ingestRejected', series: rejectedCounts(ingest, known).map((count) => countOf('reason', count)) }
  yield { key: 'storeBytes', series: series({}, store.bytes) }
  yield { key: 'storeErrors', series: series({}, store.errors) }
}

function ofAgent(agent: string, entries: readonly Series[]): Series[] {
  return entries.map(({ labels, value }) => ({ labels: { [AGENT_LABEL]: labelText(agent), ...labels }, value }))
}

function countOf(label: string, { agent, label: value, count }: AgentCount): Series {
  return { labels: { [AGENT_LABEL]: labelText(agent), [label]: labelText(value) }, value: count }
}
