import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs'
import { ATTRIBUTE, EVENT } from '@tidemark/instrumentation/semconv'

/** The scores of one call; a missing one is null and is not sent. */
export type EvaluatedItem = {
  readonly agent: string
  readonly traceId: string
  readonly spanId: string
  readonly responseId: string | null
  /** When the call began, epoch milliseconds. */
  readonly at: number
  readonly scores: ReadonlyMap<string, number | string | null>
}

export type EvaluationResults = {
  /** Sends the scores of a slot; resolves when the receiver has them, or has refused them. Never rejects. */
  send(items: readonly EvaluatedItem[]): Promise<void>
  stop(): Promise<void>
}

const TIMEOUT_MILLISECONDS = 10_000
/** What is waiting at once; a slot has at most 2,000 items, so that this bounds the memory and not the results. */
const AT_ONCE = 512
const SAMPLED = 1

/**
 * Scores as events `gen_ai.evaluation.result` on the traces of the calls they are about (semantic conventions for generative
 * AI, development), by OTLP/HTTP: a team sees them in the tracer it has.
 */
export function createEvaluationResults({
  endpoint,
  headers,
  failed,
}: {
  /** Base URL of an OTLP/HTTP receiver, without `/v1/logs`. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  /** Told of every batch that did not arrive. */
  readonly failed: (error: Error) => void
}): EvaluationResults {
  const url = `${endpoint.replace(/\/+$/u, '')}/v1/logs`
  const exporter = noting(
    new OTLPLogExporter({ url, headers: { ...headers }, timeoutMillis: TIMEOUT_MILLISECONDS }),
    failed,
  )
  const processor = new BatchLogRecordProcessor({ exporter, maxQueueSize: 2 * AT_ONCE, maxExportBatchSize: AT_ONCE })
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'tidemark-evaluator' }),
    processors: [processor],
  })
  const logger = provider.getLogger('tidemark-evaluator')

  function emit({ agent, traceId, spanId, responseId, at }: EvaluatedItem, name: string, value: number | string): void {
    logger.emit({
      eventName: EVENT.evaluationResult,
      timestamp: at,
      context: trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: SAMPLED, isRemote: true }),
      attributes: {
        [ATTRIBUTE.evaluationName]: name,
        ...(typeof value === 'number'
          ? { [ATTRIBUTE.evaluationValue]: value }
          : { [ATTRIBUTE.evaluationLabel]: value }),
        [ATTRIBUTE.agentName]: agent,
        ...(responseId === null ? {} : { [ATTRIBUTE.responseId]: responseId }),
      },
    })
  }

  return {
    async send(items) {
      let waiting = 0
      for (const item of items) {
        for (const [name, value] of item.scores) {
          if (value === null) continue
          emit(item, name, value)
          if (++waiting % AT_ONCE === 0) await provider.forceFlush().catch(failed)
        }
      }
      await provider.forceFlush().catch(failed)
    },
    stop: () => provider.shutdown().catch(failed),
  }
}

function noting(exporter: OTLPLogExporter, failed: (error: Error) => void): LogRecordExporter {
  return {
    export(records, done) {
      exporter.export(records, (result) => {
        if (result.error !== undefined) failed(result.error)
        done(result)
      })
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  }
}
