import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, context, type ContextManager, metrics, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

/** The SDK as an application sets it up, with its defaults; every variant without one of its own gets this one. */
export function startSdk(collector: string, processor?: SpanProcessor): () => Promise<void> {
  context.setGlobalContextManager(createContextManager())
  const spanProcessor = processor ?? new BatchSpanProcessor({ exporter: traceExporter(collector) })
  const tracerProvider = new TracerProvider({ spanProcessors: [spanProcessor] })
  trace.setGlobalTracerProvider(tracerProvider)
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({ url: `${collector}/v1/metrics` }),
  })
  const meterProvider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(meterProvider)
  return async () => {
    await tracerProvider.forceFlush()
    await meterProvider.forceFlush()
  }
}

export function traceExporter(collector: string): SpanExporter {
  return new OTLPTraceExporter({ url: `${collector}/v1/traces` })
}

function createContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>()
  return {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, fn, thisArg, ...args) => storage.run(active, () => Reflect.apply(fn, thisArg, args)),
    bind: (_, target) => target,
    enable() {
      return this
    },
    disable() {
      storage.disable()
      return this
    },
  }
}
