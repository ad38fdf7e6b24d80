import { DataPointType, type PushMetricExporter, type ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import { ATTRIBUTE, INSTRUMENT } from '@tidemark/instrumentation/semconv'

/** As the instrumentation counts it: a model is in use for so long after its last call. */
const IN_USE_SECONDS = 15 * 60

/**
 * Which models answer at present, by the simulated clock: weeks pass within the quarter of an hour for which the agent's
 * own gauge remembers a model.
 */
export type SimulatedAgentInfo = {
  /** Notes the models of the spans that go through, which lie on their simulated day. */
  noting(exporter: SpanExporter): SpanExporter
  /** Sets the gauge to 0 for every model whose last call is long past by that clock. */
  correcting(exporter: PushMetricExporter): PushMetricExporter
}

export function simulatedAgentInfo(): SimulatedAgentInfo {
  const lastUse = new Map<string, number>()
  const isInUse = (model: string): boolean => {
    const newest = Math.max(...lastUse.values())
    return (lastUse.get(model) ?? -Infinity) >= newest - IN_USE_SECONDS
  }
  return {
    noting: (exporter) => ({
      export(spans, done) {
        for (const { attributes, endTime } of spans) {
          const model = attributes[ATTRIBUTE.responseModel]
          if (typeof model === 'string') lastUse.set(model, Math.max(lastUse.get(model) ?? 0, endTime[0]))
        }
        exporter.export(spans, done)
      },
      forceFlush: async () => await exporter.forceFlush?.(),
      shutdown: () => exporter.shutdown(),
    }),
    correcting: (exporter) => ({
      export: (metrics, done) => exporter.export(corrected(metrics, isInUse), done),
      forceFlush: () => exporter.forceFlush(),
      shutdown: () => exporter.shutdown(),
    }),
  }
}

function corrected(metrics: ResourceMetrics, isInUse: (model: string) => boolean): ResourceMetrics {
  return {
    ...metrics,
    scopeMetrics: metrics.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map((metric) => {
        if (metric.descriptor.name !== INSTRUMENT.agentInfo.name || metric.dataPointType !== DataPointType.GAUGE)
          return metric
        return {
          ...metric,
          dataPoints: metric.dataPoints.map((point) => ({
            ...point,
            value: isInUse(String(point.attributes[ATTRIBUTE.responseModel])) ? point.value : 0,
          })),
        }
      }),
    })),
  }
}
