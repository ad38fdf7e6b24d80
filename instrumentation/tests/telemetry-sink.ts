import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

export interface MetricPoint {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: unknown
}

/** A real SDK that keeps what it exports in memory. */
export interface TelemetrySink {
  readonly tracerProvider: TracerProvider
  readonly meterProvider: MeterProvider
  spans(name?: string): readonly ReadableSpan[]
  points(metric: string): Promise<readonly MetricPoint[]>
  /** Everything that was exported, as one text. */
  text(): Promise<string>
}

export function createSink(): TelemetrySink {
  const exporter = new InMemorySpanExporter()
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: metricExporter, exportIntervalMillis: 3_600_000 })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const collect = async () => {
    metricExporter.reset()
    await reader.forceFlush()
    return metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
  }
  return {
    tracerProvider,
    meterProvider,
    spans: (name) => exporter.getFinishedSpans().filter((span) => name === undefined || span.name === name),
    async points(metric) {
      const found = (await collect()).filter(({ descriptor }) => descriptor.name === metric)
      return found.flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => ({ attributes, value })))
    },
    async text() {
      const spans = exporter
        .getFinishedSpans()
        .map(({ name, attributes, events, status, links }) => ({ name, attributes, events, status, links }))
      return JSON.stringify({ spans, metrics: await collect() })
    },
  }
}
