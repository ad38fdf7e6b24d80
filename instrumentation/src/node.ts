import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Context,
  context,
  type ContextManager,
  createNoopMeter,
  diag,
  DiagConsoleLogger,
  DiagLogLevel,
  metrics,
  propagation,
  ROOT_CONTEXT,
  trace,
} from '@opentelemetry/api'
import type { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { Sampler, SpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { loadSdk, type Sdk } from './opentelemetry-sdk.ts'
import { otelSettings, type OtelSettings } from './otel-environment.ts'
import { beforeProcessEnds } from './process-end.ts'
import { ATTRIBUTE, INSTRUMENT, SIGNAL_ATTRIBUTE } from './semconv.ts'
import { countedQueue } from './span-queue.ts'
import { fieldOf } from './untyped.ts'

/** What can be ended, as the return value of `createTidemark` can. */
export interface Ending {
  /** Resolves when all is done, after so many milliseconds at the latest. */
  shutdown(milliseconds?: number): Promise<void>
}

/** How {@link startTelemetry} behaves; what is sent where is said by the `OTEL_*` variables. */
export interface TelemetryOptions {
  /** Name of the agent under which lost spans are counted; by default the name of the service. */
  readonly agent?: string
  /** Ended before the exporters, so that what they still say is exported: what `createTidemark` returned. */
  readonly endFirst?: readonly Ending[]
  /** How long the end of the process may take, milliseconds; default 5,000. */
  readonly shutdownMilliseconds?: number
  /** Flush on SIGTERM, SIGINT and when the process has nothing left to do; default true. */
  readonly handleSignals?: boolean
}

/** An OpenTelemetry SDK of this process. */
export interface RunningTelemetry {
  /** What was started: nothing where the process had an SDK already, or `OTEL_SDK_DISABLED` is true. */
  readonly started: { readonly traces: boolean; readonly metrics: boolean }
  /** Ends this one too before the exporters. */
  endFirst(ending: Ending): void
  /** Exports what waits. Never rejects, and takes no longer than that; default 5,000 ms. */
  flush(milliseconds?: number): Promise<void>
  /** Exports what waits and ends the SDK. Never rejects, and takes no longer than that. */
  shutdown(milliseconds?: number): Promise<void>
}

const SHUTDOWN_MILLISECONDS = 5000

/**
 * Starts traces and metrics over OTLP/HTTP for a process that has no OpenTelemetry SDK, set up by the standard `OTEL_*`
 * variables. A process that has one keeps it: only what is missing is started.
 * @throws {TidemarkError} `peer_missing` where the packages of the SDK are not installed
 */
export async function startTelemetry(options: TelemetryOptions = {}): Promise<RunningTelemetry> {
  const { shutdownMilliseconds = SHUTDOWN_MILLISECONDS, handleSignals = true } = options
  const settings = otelSettings(process.env)
  const ending = [...(options.endFirst ?? [])]
  if (settings.logLevel !== undefined) diag.setLogger(new DiagConsoleLogger(), DIAG_LEVEL[settings.logLevel])
  for (const warning of settings.warnings) diag.warn(`tidemark: ${warning}`)
  const wantsTraces = !settings.isDisabled && !hasTracerProvider()
  const wantsMetrics = !settings.isDisabled && !hasMeterProvider()
  const sdk = wantsTraces || wantsMetrics ? await loadSdk() : undefined
  const meterProvider = sdk !== undefined && wantsMetrics ? startMetrics(sdk, settings) : undefined
  const tracerProvider = sdk !== undefined && wantsTraces ? startTraces(sdk, settings, options.agent) : undefined
  const providers = [tracerProvider, meterProvider].filter((provider) => provider !== undefined)
  const endAll = async (milliseconds: number): Promise<void> => {
    const until = Date.now() + milliseconds
    await within(
      milliseconds,
      ending.map((one) => one.shutdown(milliseconds)),
    )
    await within(
      Math.max(100, until - Date.now()),
      providers.map((provider) => provider.shutdown()),
    )
  }
  let ended: Promise<void> | undefined
  const takeBack = handleSignals
    ? beforeProcessEnds(process, () => (ended ??= endAll(shutdownMilliseconds)))
    : (): void => undefined
  return {
    started: { traces: tracerProvider !== undefined, metrics: meterProvider !== undefined },
    endFirst: (one) => void ending.push(one),
    flush: (milliseconds = shutdownMilliseconds) =>
      within(
        milliseconds,
        providers.map((provider) => provider.forceFlush()),
      ),
    async shutdown(milliseconds = shutdownMilliseconds) {
      takeBack()
      await (ended ??= endAll(milliseconds))
    },
  }
}

function startTraces(sdk: Sdk, settings: OtelSettings, agent: string | undefined): TracerProvider {
  const { traces, core, traceExporter } = sdk
  const resource = resourceOf(sdk)
  const dropped = metrics.getMeter('@tidemark/instrumentation').createCounter(INSTRUMENT.telemetryDropped.name, {
    unit: INSTRUMENT.telemetryDropped.unit,
  })
  const agentName = agent ?? String(resource.attributes['service.name'])
  const count = (spans: number): void =>
    dropped.add(spans, { [ATTRIBUTE.agentName]: agentName, [SIGNAL_ATTRIBUTE]: 'traces' })
  const spanProcessors = settings.tracesExporters.map((name): SpanProcessor => {
    const exporter = name === 'otlp' ? new traceExporter.OTLPTraceExporter() : new traces.ConsoleSpanExporter()
    const queue = countedQueue(
      exporter,
      { ...settings.queue, isFailed: ({ code }) => code === core.ExportResultCode.FAILED },
      (spans, why) => {
        count(spans)
        diag.debug(`tidemark: ${spans} spans dropped (${why})`)
      },
    )
    return queue.bounded(new traces.BatchSpanProcessor({ ...settings.queue, exporter: queue.exporter }))
  })
  const provider = new traces.TracerProvider({ resource, spanProcessors, sampler: samplerOf(sdk, settings) })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(asyncContextManager())
  if (settings.propagators.length > 0) {
    propagation.setGlobalPropagator(
      new core.CompositePropagator({
        propagators: settings.propagators.map((name) =>
          name === 'baggage' ? new core.W3CBaggagePropagator() : new core.W3CTraceContextPropagator(),
        ),
      }),
    )
  }
  return provider
}

function startMetrics(sdk: Sdk, settings: OtelSettings): MeterProvider {
  const { metrics: sdkMetrics, metricExporter } = sdk
  const provider = new sdkMetrics.MeterProvider({
    resource: resourceOf(sdk),
    readers: settings.metricsExporters.map(
      (name) =>
        new sdkMetrics.PeriodicExportingMetricReader({
          exporter: name === 'otlp' ? new metricExporter.OTLPMetricExporter() : new sdkMetrics.ConsoleMetricExporter(),
          exportIntervalMillis: settings.metricIntervalMilliseconds,
          exportTimeoutMillis: Math.min(settings.metricTimeoutMilliseconds, settings.metricIntervalMilliseconds),
        }),
    ),
  })
  metrics.setGlobalMeterProvider(provider)
  return provider
}

function resourceOf({ resources }: Sdk) {
  return resources
    .defaultResource()
    .merge(resources.detectResources({ detectors: [resources.envDetector, resources.serviceInstanceIdDetector] }))
}

function samplerOf({ traces }: Sdk, { sampler }: OtelSettings): Sampler {
  const root =
    sampler.kind === 'traceidratio'
      ? new traces.TraceIdRatioBasedSampler(sampler.ratio)
      : sampler.kind === 'always_on'
        ? new traces.AlwaysOnSampler()
        : new traces.AlwaysOffSampler()
  return sampler.isParentBased ? new traces.ParentBasedSampler({ root }) : root
}

const DIAG_LEVEL = {
  none: DiagLogLevel.NONE,
  error: DiagLogLevel.ERROR,
  warn: DiagLogLevel.WARN,
  info: DiagLogLevel.INFO,
  debug: DiagLogLevel.DEBUG,
  verbose: DiagLogLevel.VERBOSE,
  all: DiagLogLevel.ALL,
} as const

/** The API hands out a proxy, which has a delegate only once somebody has registered a provider. */
function hasTracerProvider(): boolean {
  const provider: unknown = trace.getTracerProvider()
  const delegate = fieldOf(provider, 'getDelegateTracer')
  return (
    typeof delegate !== 'function' || Reflect.apply(delegate, provider, ['@tidemark/instrumentation']) !== undefined
  )
}

function hasMeterProvider(): boolean {
  return metrics.getMeterProvider().getMeter('@tidemark/instrumentation') !== createNoopMeter()
}

/** Resolves when all are done or the time is over; what fails is told to `diag`. */
async function within(milliseconds: number, work: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  const told = work.map((one) =>
    one.catch((error: unknown) => diag.warn('tidemark: telemetry did not end well', error)),
  )
  await Promise.race([Promise.all(told), timeout])
  clearTimeout(timer)
}

/** The active span follows the work across `await`. */
function asyncContextManager(): ContextManager {
  const storage = new AsyncLocalStorage<Context>()
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, fn, thisArgument, ...values) => storage.run(active, () => fn.call(thisArgument, ...values)),
    bind: (active, target) => {
      if (typeof target !== 'function') return target
      return new Proxy(target, {
        apply: (fn, thisArgument, values) =>
          storage.run(active, (): unknown => Reflect.apply(fn, thisArgument, values)),
      })
    },
    enable: () => manager,
    disable() {
      storage.disable()
      return manager
    },
  }
  return manager
}
