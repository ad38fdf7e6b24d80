import type * as corePackage from '@opentelemetry/core'
import type * as metricExporterPackage from '@opentelemetry/exporter-metrics-otlp-http'
import type * as traceExporterPackage from '@opentelemetry/exporter-trace-otlp-http'
import type * as resourcesPackage from '@opentelemetry/resources'
import type * as metricsPackage from '@opentelemetry/sdk-metrics'
import type * as tracesPackage from '@opentelemetry/sdk-trace'
import { TidemarkError } from './errors.ts'

export interface Sdk {
  readonly core: typeof corePackage
  readonly resources: typeof resourcesPackage
  readonly traces: typeof tracesPackage
  readonly metrics: typeof metricsPackage
  readonly traceExporter: typeof traceExporterPackage
  readonly metricExporter: typeof metricExporterPackage
}

/** The packages that only `startTelemetry` needs, loaded when it is called. */
export async function loadSdk(): Promise<Sdk> {
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

const PACKAGES = [
  '@opentelemetry/api',
  '@opentelemetry/core',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/exporter-metrics-otlp-http',
]
