import { EVALUATOR_METRIC } from '@tidemark/instrumentation/semconv'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics'
import { METRIC_HELP } from './metric-help.ts'
import { publishedMetrics } from './published-metrics.ts'
import type { PublishedState } from './published-state.ts'
import { metricsOf } from './series.ts'

export type OtlpPush = {
  /** Sends the state of this moment. @throws what the collector or the network said */
  flush(): Promise<void>
  /** Sends once more, and ends. */
  stop(): Promise<void>
}

export type OtlpPushOptions = {
  /** Base URL of an OTLP/HTTP receiver, without `/v1/metrics`. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly intervalSeconds: number
  /** Tells apart replicas that push the same results. */
  readonly instance: string
  readonly read: () => Promise<PublishedState>
  /** Told of every push that did not arrive. */
  readonly failed: (error: Error) => void
}

const TIMEOUT_MILLISECONDS = 10_000

/**
 * Pushes what `/metrics` shows by OTLP/HTTP, under the same names and labels, for those who scrape nothing. The state is
 * read at each push: nothing is remembered, and a collector that was away sees the newest results.
 */
export function startOtlpPush(options: OtlpPushOptions): OtlpPush {
  const { endpoint, headers, intervalSeconds, instance, read, failed } = options
  let failure: Error | undefined
  const exporter = noting(
    new OTLPMetricExporter({ url: `${endpoint.replace(/\/+$/u, '')}/v1/metrics`, headers: { ...headers } }),
    (error) => {
      failure = error
      failed(error)
    },
  )
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: intervalSeconds * 1000,
    exportTimeoutMillis: Math.min(TIMEOUT_MILLISECONDS, intervalSeconds * 1000),
  })
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      'service.name': 'tidemark-evaluator',
      'service.instance.id': instance,
    }),
    readers: [reader],
  })
  observeAll(provider, read, (error) => {
    failure = error
    failed(error)
  })
  return {
    async flush() {
      failure = undefined
      await provider.forceFlush()
      if (failure !== undefined) throw failure
    },
    async stop() {
      // a collector that is away must not hold up the end
      await provider.shutdown({ timeoutMillis: TIMEOUT_MILLISECONDS }).catch(failed)
    },
  }
}

function observeAll(
  provider: MeterProvider,
  read: () => Promise<PublishedState>,
  failed: (error: Error) => void,
): void {
  const meter = provider.getMeter('tidemark-evaluator')
  const instruments = new Map(
    metricsOf(METRIC_HELP).map(([key, { type, help: description }]) => {
      const { name } = EVALUATOR_METRIC[key]
      return [
        key,
        type === 'counter'
          ? meter.createObservableCounter(name, { description })
          : meter.createObservableGauge(name, { description }),
      ]
    }),
  )
  meter.addBatchObservableCallback(
    async (result) => {
      try {
        for (const { key, series } of publishedMetrics(await read())) {
          const instrument = instruments.get(key)
          if (instrument === undefined) continue
          for (const { labels, value } of series) result.observe(instrument, value, labels)
        }
      } catch (cause) {
        failed(cause instanceof Error ? cause : new Error(String(cause)))
      }
    },
    [...instruments.values()],
  )
}

/** The exporter, telling of each export that failed: the SDK itself only logs it. */
function noting(exporter: OTLPMetricExporter, failed: (error: Error) => void): PushMetricExporter {
  return {
    export(metrics, done) {
      exporter.export(metrics, (result) => {
        if (result.error !== undefined) failed(result.error)
        done(result)
      })
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    selectAggregationTemporality: (type) => exporter.selectAggregationTemporality(type),
  }
}
