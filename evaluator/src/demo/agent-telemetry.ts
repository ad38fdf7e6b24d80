import { context, diag, type Context, type ContextManager, type DiagLogger, ROOT_CONTEXT } from '@opentelemetry/api'
import { AsyncLocalStorage } from 'node:async_hooks'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader, type PushMetricExporter } from '@opentelemetry/sdk-metrics'
import { TracerProvider } from '@opentelemetry/sdk-trace'
import { TidemarkError } from '../domain/errors.ts'
import { simulatedAgentInfo } from './simulated-agent-info.ts'
import { simulatedIds, simulatedSpans } from './simulated-time.ts'

/** Spans in one request; large enough that the evaluator's commit per request costs little. */
const SPANS_PER_REQUEST = 1024

export type AgentTelemetry = {
  readonly tracerProvider: TracerProvider
  /** Undefined: nobody asked for the agent's metrics. */
  readonly meterProvider: MeterProvider | undefined
  /**
   * Resolves when every span so far is acknowledged. Rejects when one was not, or was refused.
   * @throws {TidemarkError} `argument_invalid` when the metrics endpoint took nothing
   */
  flush(): Promise<void>
  stop(): Promise<void>
}

export type AgentTelemetryOptions = {
  /** Base URL of the evaluator. */
  readonly evaluator: string
  /** Full URL that takes OTLP metrics, such as http://127.0.0.1:9090/api/v1/otlp/v1/metrics. */
  readonly metricsEndpoint: string | undefined
  readonly serviceName: string
}

/** The OpenTelemetry SDK of the simulated agent: real exporters, spans on their simulated day. */
export function startAgentTelemetry(options: AgentTelemetryOptions): AgentTelemetry {
  const { evaluator, metricsEndpoint, serviceName } = options
  const complaints: string[] = []
  const metricsFailures: string[] = []
  diag.setLogger(complaintsInto(complaints), { suppressOverrideMessage: true })
  context.setGlobalContextManager(asyncContextManager())
  const resource = resourceFromAttributes({ 'service.name': serviceName })
  const agentInfo = simulatedAgentInfo()
  const traces = agentInfo.noting(new OTLPTraceExporter({ url: `${evaluator}/v1/traces` }))
  const spans = simulatedSpans(traces, SPANS_PER_REQUEST)
  const tracerProvider = new TracerProvider({ resource, spanProcessors: [spans], idGenerator: simulatedIds() })
  const meterProvider =
    metricsEndpoint === undefined
      ? undefined
      : new MeterProvider({
          resource,
          readers: [
            new PeriodicExportingMetricReader({
              exporter: agentInfo.correcting(
                notingFailures(new OTLPMetricExporter({ url: metricsEndpoint }), metricsFailures),
              ),
              exportIntervalMillis: 5000,
              exportTimeoutMillis: 5000,
            }),
          ],
        })
  return {
    tracerProvider,
    meterProvider,
    async flush() {
      await spans.forceFlush()
      const [metricsFailure] = metricsFailures
      if (metricsFailure !== undefined) throw metricsNotTaken(metricsEndpoint ?? '', metricsFailure)
      const [first] = complaints.splice(0)
      if (first !== undefined) throw new Error(`The agent's telemetry did not arrive whole: ${first}`)
    },
    async stop() {
      await tracerProvider.shutdown()
      // metrics that nobody takes must not hold up the end
      await meterProvider?.shutdown({ timeoutMillis: 2000 }).catch(() => undefined)
      context.disable()
      diag.disable()
    },
  }
}

/** Failures are noted for {@link AgentTelemetry.flush} instead of being told to the log of OpenTelemetry. */
function notingFailures(exporter: PushMetricExporter, failures: string[]): PushMetricExporter {
  return {
    export: (metrics, done) =>
      exporter.export(metrics, (result) => {
        if (result.error !== undefined) failures.push(result.error.message)
        done({ code: 0 })
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  }
}

function metricsNotTaken(endpoint: string, why: string): TidemarkError {
  return new TidemarkError(
    'argument_invalid',
    `--metrics-endpoint ${endpoint} did not take the agent's metrics: ${why}.`,
    'Start the receiver, and give the full address of its OTLP metrics, such as http://127.0.0.1:9090/api/v1/otlp/v1/metrics.',
  )
}

/** OpenTelemetry tells of refused spans and failed exports only here. */
function complaintsInto(complaints: string[]): DiagLogger {
  const complain = (message: string, ...details: unknown[]): void => {
    complaints.push([message, ...details.map(shown)].join(' '))
  }
  return { error: complain, warn: complain, info: silent, debug: silent, verbose: silent }
}

function silent(): void {
  // what is no complaint interests nobody here
}

function shown(detail: unknown): string {
  if (detail instanceof Error) return detail.message
  return typeof detail === 'string' ? detail : JSON.stringify(detail)
}

/** The active span follows the work across `await`, as in an agent whose SDK registers its own context manager. */
function asyncContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>()
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, fn, thisArgument, ...values) => storage.run(active, () => fn.call(thisArgument, ...values)),
    bind: (_active, target) => target,
    enable: () => manager,
    disable() {
      storage.disable()
      return manager
    },
  }
  return manager
}
