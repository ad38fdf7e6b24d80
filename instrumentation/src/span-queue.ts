import type { ExportResult } from '@opentelemetry/core'
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace'

/** Told how many spans never arrive, and why. */
export type Dropped = (spans: number, why: 'queue_full' | 'export_failed') => void

export interface SpanQueue {
  /** Stands before the exporter and sees what is handed over. */
  readonly exporter: SpanExporter
  /** Stands before the batching processor and refuses what would not fit. */
  bounded(batching: SpanProcessor): SpanProcessor
}

/** Sampled, as in the trace flags of W3C. */
const SAMPLED = 1

/**
 * Counts every span that a batching processor with `maxQueueSize` would lose without a word: those that end while the queue
 * is full, and those of an export that failed.
 */
export function countedQueue(
  exporter: SpanExporter,
  { maxQueueSize, isFailed }: { readonly maxQueueSize: number; readonly isFailed: (result: ExportResult) => boolean },
  dropped: Dropped,
): SpanQueue {
  let waiting = 0
  return {
    exporter: {
      export(spans: ReadableSpan[], done) {
        waiting -= spans.length
        exporter.export(spans, (result) => {
          if (isFailed(result)) dropped(spans.length, 'export_failed')
          done(result)
        })
      },
      forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
      shutdown: () => exporter.shutdown(),
    },
    bounded: (batching) => ({
      onStart: (span, context) => batching.onStart(span, context),
      onEnd(span) {
        if ((span.spanContext().traceFlags & SAMPLED) === 0) return
        if (waiting >= maxQueueSize) {
          dropped(1, 'queue_full')
          return
        }
        waiting++
        batching.onEnd(span)
      },
      forceFlush: () => batching.forceFlush(),
      shutdown: () => batching.shutdown(),
    }),
  }
}
