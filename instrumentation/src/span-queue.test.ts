import { ExportResultCode } from '@opentelemetry/core'
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace'
import { expect, it } from 'vitest'
import { countedQueue } from './span-queue.ts'

const LIMITS = { maxQueueSize: 10, maxExportBatchSize: 5, scheduledDelayMillis: 1_000_000 }

/** A real batching processor before an exporter that answers when told. */
function pipeline() {
  const dropped = { queue_full: 0, export_failed: 0 }
  const answers: ((isGood: boolean) => void)[] = []
  let exported = 0
  const exporter: SpanExporter = {
    export(spans, done) {
      answers.push((isGood) => {
        if (isGood) exported += spans.length
        done(isGood ? { code: 0 } : { code: 1, error: new Error('refused') })
      })
    },
    shutdown: () => Promise.resolve(),
  }
  const queue = countedQueue(
    exporter,
    { ...LIMITS, isFailed: ({ code }) => code === ExportResultCode.FAILED },
    (spans, why) => void (dropped[why] += spans),
  )
  const processor = queue.bounded(new BatchSpanProcessor({ ...LIMITS, exporter: queue.exporter }))
  const tracer = new TracerProvider({ spanProcessors: [processor] }).getTracer('tested')
  return {
    dropped,
    answers,
    exported: () => exported,
    end: (spans: number) => {
      for (let span = 0; span < spans; span++) tracer.startSpan('call').end()
    },
  }
}

it('spans that end while the exporter hangs and the queue is full are dropped and counted, no span is lost uncounted', () => {
  const { dropped, answers, exported, end } = pipeline()
  end(100)
  expect(dropped).toEqual({ queue_full: 85, export_failed: 0 })
  for (const answer of answers) answer(true)
  expect(exported()).toBe(5)
})

it('spans of an export that failed are counted', async () => {
  const { dropped, answers, end } = pipeline()
  end(5)
  answers[0]?.(false)
  await new Promise(setImmediate)
  expect(dropped).toEqual({ queue_full: 0, export_failed: 5 })
})
