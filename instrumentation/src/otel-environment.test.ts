import { describe, expect, it } from 'vitest'
import { otelSettings } from './otel-environment.ts'

describe('the OTEL variables', () => {
  it('have the defaults of the specification', () => {
    expect(otelSettings({ OTEL_TRACES_EXPORTER: ' ' })).toEqual({
      isDisabled: false,
      tracesExporters: ['otlp'],
      metricsExporters: ['otlp'],
      queue: { maxQueueSize: 2048, maxExportBatchSize: 512, scheduledDelayMillis: 5000, exportTimeoutMillis: 30_000 },
      metricIntervalMilliseconds: 60_000,
      metricTimeoutMilliseconds: 30_000,
      sampler: { kind: 'always_on', isParentBased: true, ratio: 1 },
      propagators: ['tracecontext', 'baggage'],
      logLevel: undefined,
      warnings: [],
    })
  })

  it('choose exporters, sampler, limits and log level', () => {
    const settings = otelSettings({
      OTEL_SDK_DISABLED: 'TRUE',
      OTEL_TRACES_EXPORTER: 'console, otlp',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_BSP_MAX_QUEUE_SIZE: '16',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_PROPAGATORS: 'none',
      OTEL_LOG_LEVEL: 'DEBUG',
    })
    expect(settings).toMatchObject({
      isDisabled: true,
      tracesExporters: ['console', 'otlp'],
      metricsExporters: [],
      sampler: { kind: 'traceidratio', isParentBased: false, ratio: 0.25 },
      queue: { maxQueueSize: 16 },
      metricIntervalMilliseconds: 1000,
      propagators: [],
      logLevel: 'debug',
      warnings: [],
    })
  })

  it.for([
    ['OTEL_TRACES_EXPORTER', 'zipkin', 'zipkin is left out'],
    ['OTEL_PROPAGATORS', 'b3', 'b3 is left out'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '-1', '2048 is used'],
    ['OTEL_METRIC_EXPORT_INTERVAL', 'often', '60000 is used'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote', 'parentbased_always_on is used'],
    ['OTEL_TRACES_SAMPLER_ARG', '7', '1 is used', 'traceidratio'],
    ['OTEL_LOG_LEVEL', 'loud', 'is left out'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'usually 4318'],
  ] as const)('say what becomes of %s=%s', ([name, value, told, sampler]) => {
    const { warnings } = otelSettings({
      [name]: value,
      ...(sampler === undefined ? {} : { OTEL_TRACES_SAMPLER: sampler }),
    })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(value)
    expect(warnings[0]).toContain(told)
  })
})
