import { TidemarkError } from './errors.ts'

/** The packages that only `startTelemetry` needs, loaded when it is called. */
export async function loadSdk() {
  try {
    const [core, resources, traces, metrics, traceExporter, metricExporter] = await Promise.all([
      import('@opentelemetry/core'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/sdk-metrics'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/exporter-metrics-otlp-http'),
    ])
    return { core, resources, traces, metrics, traceExporter, metricExporter }
  } catch (error) {
    throw new TidemarkError(
      'peer_missing',
      `startTelemetry: the OpenTelemetry SDK cannot be loaded (${error instanceof Error ? error.message : String(error)}). Run: npm install ${PACKAGES.join(' ')}`,
      { cause: error },
    )
  }
}

export type Sdk = Awaited<ReturnType<typeof loadSdk>>

const PACKAGES = [
  '@opentelemetry/api',
  '@opentelemetry/core',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/exporter-metrics-otlp-http',
]
