import { AsyncLocalStorage } from 'node:async_hooks'
import * as api from '@opentelemetry/api'
import {
  type Attributes,
  type AttributeValue,
  type Context,
  context,
  type Counter,
  createNoopMeter,
  diag,
  type Histogram,
  type Meter,
  type MeterProvider,
  metrics,
  propagation,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  trace,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api'
import type { AgentInfo } from './agent-info.ts'
import { type AttemptTally, createAttemptTally } from './attempt-tally.ts'
import type { RunScope } from './run-scope.ts'
import {
  type AttemptOutcome,
  ATTRIBUTE,
  CLIENT_METRIC,
  DURATION_BUCKETS,
  ESCALATION_REASONS,
  INSTRUMENT,
  ORIGINS,
  type SemconvVersion,
  SIGNAL_ATTRIBUTE,
  TELEMETRY_SIGNALS,
  type TelemetrySignal,
  TIDEMARK,
  TOKEN_BUCKETS,
  VALIDATION_OUTCOMES,
} from './semconv.ts'

export type { Attributes, AttributeValue, Context, MeterProvider, Span, SpanContext, TracerProvider }

const SCOPE_NAME = '@tidemark/instrumentation'

/** The instruments of DESIGN's table; every point gets the agent's name. */
export interface Instruments {
  readonly duration: Histogram
  readonly tokenUsage: Histogram
  readonly timeToFirstChunk: Histogram
  readonly timePerOutputChunk: Histogram
  readonly retryDelay: Histogram
  readonly validations: Counter
  readonly decisions: Counter
  readonly cost: Counter
  readonly costUnknown: Counter
  readonly telemetryDropped: Counter
}

export interface SpanStart {
  readonly kind: 'client' | 'internal'
  readonly attributes: Attributes
  readonly parent: Context
  /** Epoch milliseconds, for spans that are written after the fact. */
  readonly startMilliseconds?: number
}

export interface Telemetry {
  readonly agentName: string
  startSpan(name: string, start: SpanStart): Span
  /** The instruments of the meter provider that is registered now; an SDK started later is noticed. */
  instruments(): Instruments
  /** Zeros for every value of the closed sets that a provider's calls can have. */
  announceProvider(provider: string): void
  countAttempt(provider: string, outcome: AttemptOutcome): void
  /** Trouble of our own: told to `diag`, counted, never thrown. */
  trouble(signal: TelemetrySignal, message: string, cause?: unknown): void
}

export interface TelemetrySettings {
  readonly agent: string
  readonly version: SemconvVersion
  readonly exportsMetrics: boolean
  readonly extraReasons: readonly string[]
  readonly hasPrice: boolean
  readonly agentInfo: AgentInfo
  readonly tracerProvider: TracerProvider | undefined
  readonly meterProvider: MeterProvider | undefined
}

export function createTelemetry(settings: TelemetrySettings): Telemetry {
  const { agent, tracerProvider, meterProvider } = settings
  // the global tracer is a proxy that follows a later registration; the global meter is not
  const tracer: Tracer = tracerProvider?.getTracer(SCOPE_NAME) ?? trace.getTracer(SCOPE_NAME)
  const attempts = createAttemptTally()
  let source: MeterProvider | undefined
  let current: Instruments | undefined
  const instruments = (): Instruments => {
    const provider = meterProvider ?? metrics.getMeterProvider()
    if (current !== undefined && provider === source) return current
    source = provider
    const meter = settings.exportsMetrics ? provider.getMeter(SCOPE_NAME) : createNoopMeter()
    current = createInstruments(meter, settings)
    observeAttempts(meter, agent, attempts)
    return current
  }
  return {
    agentName: agent,
    instruments,
    startSpan(name, { kind, attributes, parent, startMilliseconds }) {
      return tracer.startSpan(
        name,
        {
          kind: kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL,
          attributes: ATTRIBUTE.agentName in attributes ? attributes : { [ATTRIBUTE.agentName]: agent, ...attributes },
          ...(startMilliseconds === undefined ? {} : { startTime: startMilliseconds }),
        },
        parent,
      )
    },
    announceProvider: (provider) => attempts.announce(provider),
    countAttempt: (provider, outcome) => attempts.count(provider, outcome),
    trouble(signal, message, cause) {
      try {
        diag.warn(`tidemark: ${message}`, ...(cause === undefined ? [] : [cause]))
        instruments().telemetryDropped.add(1, { [ATTRIBUTE.agentName]: agent, [SIGNAL_ATTRIBUTE]: signal })
      } catch {
        // a diag logger or an exporter that throws must not reach the agent
      }
    },
  }
}

/** Exports what the SDK still holds, where it is one that can be told to. Providers that are not given are the global ones. */
export async function flushProviders(
  tracerProvider: TracerProvider | undefined,
  meterProvider: MeterProvider | undefined,
): Promise<void> {
  const globalTracers = trace.getTracerProvider()
  const globals = globalTracers instanceof ProxyTracerProvider ? globalTracers.getDelegate() : globalTracers
  const providers = [tracerProvider ?? globals, meterProvider ?? metrics.getMeterProvider()]
  await Promise.all(
    providers.map(async (provider) => {
      const flush: unknown = Reflect.get(provider, 'forceFlush')
      if (typeof flush === 'function') await Reflect.apply(flush, provider, [])
    }),
  )
}

export function warn(message: string, cause?: unknown): void {
  diag.warn(`tidemark: ${message}`, ...(cause === undefined ? [] : [cause]))
}

/** Our own parents, for processes in which nobody has registered a context manager. */
const parents = new AsyncLocalStorage<Context>()

export function activeContext(): Context {
  const active = context.active()
  return active === ROOT_CONTEXT ? (parents.getStore() ?? active) : active
}

export function contextWithSpan(span: Span): Context {
  return trace.setSpan(activeContext(), span)
}

export function contextUnder(parent: Context, span: Span): Context {
  return trace.setSpan(parent, span)
}

/** A parent that has ended already, or lives in another process. */
export function contextWithParent(parent: SpanContext): Context {
  return trace.setSpanContext(activeContext(), parent)
}

/** Like {@link runInContext}, and what runs inside finds its parent without a context manager too. */
export function runAsParent<Result>(parent: Context, fn: () => Result): Result {
  return parents.run(parent, () => context.with(parent, fn))
}

export function runInContext<Args extends unknown[], Result>(
  parent: Context,
  fn: (...args: Args) => Result,
  ...args: Args
): Result {
  return context.with(parent, fn, undefined, ...args)
}

export function activeSpanContext(): SpanContext | undefined {
  return trace.getSpanContext(activeContext())
}

export function linkTo(span: Span, target: SpanContext): void {
  span.addLink({ context: target })
}

/** An event about a span: a log record where the caller's SDK has logs, else an event on the span. */
export function emitEvent(span: Span, eventName: string, attributes: Attributes): void {
  const about = contextWithSpan(span)
  const logger = logsApi()?.getLogger(SCOPE_NAME)
  if (logger?.enabled({ context: about, eventName }) === true) logger.emit({ eventName, context: about, attributes })
  else span.addEvent(eventName, attributes)
}

/** Since 1.10 of the API; the peers begin at 1.9. */
function logsApi(): typeof api.logs | undefined {
  return api.logs
}

export function isError({ code }: SpanStatus): boolean {
  return code === SpanStatusCode.ERROR
}

export function markFailed(span: Span, errorType: string): void {
  span.setAttribute(ATTRIBUTE.errorType, errorType)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

/** Variant and origin travel as baggage, so that an agent behind another service is told apart too. */
export function runWithBaggage<Result>(scope: Pick<RunScope, 'variant' | 'origin'>, fn: () => Result): Result {
  if (scope.variant === undefined && scope.origin === undefined) return fn()
  let baggage = propagation.getActiveBaggage() ?? propagation.createBaggage()
  if (scope.variant !== undefined) baggage = baggage.setEntry(TIDEMARK.variant, { value: scope.variant })
  if (scope.origin !== undefined) baggage = baggage.setEntry(TIDEMARK.origin, { value: scope.origin })
  return context.with(propagation.setBaggage(context.active(), baggage), fn)
}

/** What came in as baggage, `undefined` without any; unknown origins are ignored. */
export function baggageScope(): Pick<RunScope, 'variant' | 'origin'> | undefined {
  const baggage = propagation.getActiveBaggage()
  if (baggage === undefined) return undefined
  const variant = baggage.getEntry(TIDEMARK.variant)?.value
  const origin = ORIGINS.find((known) => known === baggage.getEntry(TIDEMARK.origin)?.value)
  return { ...(variant === undefined ? {} : { variant }), ...(origin === undefined ? {} : { origin }) }
}

function createInstruments(meter: Meter, settings: TelemetrySettings): Instruments {
  const { agent } = settings
  const names = CLIENT_METRIC[settings.version]
  const seconds = { unit: 's', advice: { explicitBucketBoundaries: [...DURATION_BUCKETS] } }
  const counter = ({ name, unit }: { readonly name: string; readonly unit: string }) =>
    meter.createCounter(name, { unit })
  const instruments: Instruments = {
    duration: meter.createHistogram(names.duration, seconds),
    tokenUsage: meter.createHistogram(names.tokenUsage, {
      unit: '{token}',
      advice: { explicitBucketBoundaries: [...TOKEN_BUCKETS] },
    }),
    timeToFirstChunk: meter.createHistogram(names.timeToFirstChunk, seconds),
    timePerOutputChunk: meter.createHistogram(names.timePerOutputChunk, seconds),
    retryDelay: meter.createHistogram(INSTRUMENT.retryDelay.name, {
      unit: INSTRUMENT.retryDelay.unit,
      advice: { explicitBucketBoundaries: [...DURATION_BUCKETS] },
    }),
    validations: counter(INSTRUMENT.validations),
    decisions: counter(INSTRUMENT.decisions),
    cost: counter(INSTRUMENT.cost),
    costUnknown: counter(INSTRUMENT.costUnknown),
    telemetryDropped: counter(INSTRUMENT.telemetryDropped),
  }
  meter.createObservableGauge(INSTRUMENT.agentInfo.name, { unit: INSTRUMENT.agentInfo.unit }).addCallback((result) => {
    for (const { model, promptVersion, value } of settings.agentInfo.observations()) {
      result.observe(value, {
        [ATTRIBUTE.agentName]: agent,
        [ATTRIBUTE.responseModel]: model,
        [ATTRIBUTE.promptVersion]: promptVersion,
      })
    }
  })
  addZeros(instruments, settings)
  return instruments
}

/** A counter that exists from the start lets the first event show as an increase, and its absence as a dead process. */
function addZeros(instruments: Instruments, { agent, extraReasons, hasPrice }: TelemetrySettings): void {
  const of = (attributes: Attributes): Attributes => ({ [ATTRIBUTE.agentName]: agent, ...attributes })
  for (const signal of TELEMETRY_SIGNALS) instruments.telemetryDropped.add(0, of({ [SIGNAL_ATTRIBUTE]: signal }))
  for (const outcome of VALIDATION_OUTCOMES) {
    instruments.validations.add(0, of({ [TIDEMARK.validationOutcome]: outcome }))
  }
  instruments.decisions.add(0, of({ [TIDEMARK.route]: 'auto' }))
  for (const reason of ['policy', 'out_of_scope']) {
    instruments.decisions.add(0, of({ [TIDEMARK.route]: 'rejected', [TIDEMARK.escalationReason]: reason }))
  }
  for (const reason of [...ESCALATION_REASONS, ...extraReasons]) {
    for (const route of ['escalated', 'failed']) {
      instruments.decisions.add(0, of({ [TIDEMARK.route]: route, [TIDEMARK.escalationReason]: reason }))
    }
  }
  if (hasPrice) instruments.costUnknown.add(0, of({}))
}

/** Read when metrics are collected: the SDK hashes the attributes of every single point that it is given. */
function observeAttempts(meter: Meter, agent: string, attempts: AttemptTally): void {
  const { name, unit } = INSTRUMENT.attempts
  meter.createObservableCounter(name, { unit }).addCallback((result) => {
    for (const { provider, outcome, count } of attempts.counts()) {
      result.observe(count, {
        [ATTRIBUTE.agentName]: agent,
        [ATTRIBUTE.providerName]: provider,
        [TIDEMARK.attemptOutcome]: outcome,
      })
    }
  })
}
