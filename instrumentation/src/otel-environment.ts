/** What the standard `OTEL_*` variables say of an SDK. Those of the OTLP exporters are read by the exporters themselves. */
export interface OtelSettings {
  readonly isDisabled: boolean
  readonly tracesExporters: readonly Exporter[]
  readonly metricsExporters: readonly Exporter[]
  readonly queue: SpanQueueLimits
  readonly metricIntervalMilliseconds: number
  readonly metricTimeoutMilliseconds: number
  readonly sampler: SamplerSetting
  readonly propagators: readonly Propagator[]
  /** `OTEL_LOG_LEVEL` in lower case, undefined where it is not set. */
  readonly logLevel: LogLevel | undefined
  /** Values that are not understood, each with what is done instead. */
  readonly warnings: readonly string[]
}

export interface SpanQueueLimits {
  /** Spans that wait; what ends beyond is dropped and counted. */
  readonly maxQueueSize: number
  readonly maxExportBatchSize: number
  readonly scheduledDelayMillis: number
  readonly exportTimeoutMillis: number
}

export type Exporter = 'otlp' | 'console'
export type Propagator = 'tracecontext' | 'baggage'
export type LogLevel = 'none' | 'error' | 'warn' | 'info' | 'debug' | 'verbose' | 'all'
export interface SamplerSetting {
  readonly kind: 'always_on' | 'always_off' | 'traceidratio'
  readonly isParentBased: boolean
  /** Share of traces, for `traceidratio`. */
  readonly ratio: number
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Reads the variables as the OpenTelemetry specification has them; an empty value counts as not set. */
export function otelSettings(environment: Environment): OtelSettings {
  const warnings: string[] = []
  const text = (name: string): string | undefined => {
    const value = environment[name]?.trim()
    return value === undefined || value === '' ? undefined : value
  }
  const count = (name: string, fallback: number): number => {
    const value = text(name)
    if (value === undefined) return fallback
    if (/^\d{1,15}$/u.test(value) && Number(value) > 0) return Number(value)
    warnings.push(`${name}=${value} is no positive whole number: ${fallback} is used`)
    return fallback
  }
  const choices = <Choice extends string>(name: string, known: readonly Choice[], fallback: string): Choice[] => {
    const chosen = new Set<Choice>()
    for (const item of (text(name) ?? fallback).split(',').map((part) => part.trim())) {
      const choice = known.find((one) => one === item)
      if (choice !== undefined) chosen.add(choice)
      else if (item !== 'none' && item !== '')
        warnings.push(`${name}: ${item} is left out, known are ${known.join(', ')} and none`)
    }
    return [...chosen]
  }
  for (const name of [
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    'OTEL_EXPORTER_OTLP_METRICS_PROTOCOL',
  ]) {
    const protocol = text(name)
    if (protocol !== undefined && protocol !== 'http/json') {
      warnings.push(`${name}=${protocol}: http/json is sent. Name the HTTP port of the receiver, usually 4318`)
    }
  }
  return {
    isDisabled: text('OTEL_SDK_DISABLED')?.toLowerCase() === 'true',
    tracesExporters: choices('OTEL_TRACES_EXPORTER', EXPORTERS, 'otlp'),
    metricsExporters: choices('OTEL_METRICS_EXPORTER', EXPORTERS, 'otlp'),
    queue: {
      maxQueueSize: count('OTEL_BSP_MAX_QUEUE_SIZE', 2048),
      maxExportBatchSize: count('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512),
      scheduledDelayMillis: count('OTEL_BSP_SCHEDULE_DELAY', 5000),
      exportTimeoutMillis: count('OTEL_BSP_EXPORT_TIMEOUT', 30_000),
    },
    metricIntervalMilliseconds: count('OTEL_METRIC_EXPORT_INTERVAL', 60_000),
    metricTimeoutMilliseconds: count('OTEL_METRIC_EXPORT_TIMEOUT', 30_000),
    sampler: sampler(text('OTEL_TRACES_SAMPLER'), text('OTEL_TRACES_SAMPLER_ARG'), warnings),
    propagators: choices('OTEL_PROPAGATORS', PROPAGATORS, 'tracecontext,baggage'),
    logLevel: logLevel(text('OTEL_LOG_LEVEL'), warnings),
    warnings,
  }
}

const EXPORTERS = ['otlp', 'console'] as const
const PROPAGATORS = ['tracecontext', 'baggage'] as const
const LOG_LEVELS = ['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'] as const

function sampler(name: string | undefined, argument: string | undefined, warnings: string[]): SamplerSetting {
  const [, parent, kind] =
    /^(parentbased_)?(always_on|always_off|traceidratio)$/u.exec(name ?? 'parentbased_always_on') ?? []
  if (kind !== 'always_on' && kind !== 'always_off' && kind !== 'traceidratio') {
    warnings.push(`OTEL_TRACES_SAMPLER=${name}: parentbased_always_on is used`)
    return { kind: 'always_on', isParentBased: true, ratio: 1 }
  }
  let ratio = 1
  if (kind === 'traceidratio' && argument !== undefined) {
    const given = Number(argument)
    if (given >= 0 && given <= 1) ratio = given
    else warnings.push(`OTEL_TRACES_SAMPLER_ARG=${argument} is no share between 0 and 1: 1 is used`)
  }
  return { kind, isParentBased: parent !== undefined, ratio }
}

function logLevel(value: string | undefined, warnings: string[]): LogLevel | undefined {
  if (value === undefined) return undefined
  const level = LOG_LEVELS.find((known) => known === value.toLowerCase())
  if (level === undefined) warnings.push(`OTEL_LOG_LEVEL=${value} is left out, known are ${LOG_LEVELS.join(', ')}`)
  return level
}
