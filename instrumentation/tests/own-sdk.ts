import { AsyncLocalStorage } from 'node:async_hooks'
import { type Context, context, type ContextManager, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

export interface OwnSdk {
  inSpan<Result>(name: string, fn: () => Promise<Result>): Promise<Result>
  flush(): Promise<void>
}

/** Traces as an agent sets them up that had OpenTelemetry before. */
export function ownSdk(endpoint: string): OwnSdk {
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces` })
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] })
  trace.setGlobalTracerProvider(provider)
  const storage = new AsyncLocalStorage<Context>()
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, fn, thisArgument, ...values) => storage.run(active, () => fn.call(thisArgument, ...values)),
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  }
  context.setGlobalContextManager(manager)
  return {
    async inSpan(name, fn) {
      const span = provider.getTracer('own').startSpan(name)
      try {
        return await context.with(trace.setSpan(context.active(), span), fn)
      } finally {
        span.end()
      }
    },
    flush: () => provider.forceFlush(),
  }
}
