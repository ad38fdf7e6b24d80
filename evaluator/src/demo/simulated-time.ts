import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { SpanKind, type HrTime } from '@opentelemetry/api'
import {
  RandomIdGenerator,
  type IdGenerator,
  type ReadableSpan,
  type Span,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace'
import { ATTRIBUTE } from '@tidemark/instrumentation/semconv'
import { LATENCY_HEADER } from './latency-header.ts'

/**
 * A piece of work that happens at another time than it is done. Its clock stands still except for calls, so that the same
 * work always has the same times. Epoch milliseconds.
 */
type Moment = {
  readonly startsAt: number
  /** Recorded latencies of answers whose call span has not ended yet, seconds. */
  readonly latencies: number[]
  clock: number
  /** Spans started so far. */
  spans: number
}

/** A span under way: its moment, and what the moment's clock said when it started. */
type Started = { readonly moment: Moment; readonly startsAt: number }

const moments = new AsyncLocalStorage<Moment>()

/**
 * Runs `work` as if it began at `startsAt`: its spans lie there, and its calls, made one after the other, last as long as
 * they did when recorded.
 */
export function atSimulatedTime<Result>(startsAt: number, work: () => Result): Result {
  return moments.run({ startsAt, latencies: [], clock: startsAt, spans: 0 }, work)
}

/** A fetch that notes the latency an answer had when it was recorded, for the span of the call. */
export function noteRecordedLatency(inner: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await inner(input, init)
    const seconds = Number(response.headers.get(LATENCY_HEADER) ?? Number.NaN)
    if (Number.isFinite(seconds)) moments.getStore()?.latencies.push(seconds)
    return response
  }
}

/**
 * Ids of traces and spans that follow from the simulated moment: the evaluator samples by them, and the same seed shall
 * give the same sample. Outside a moment they are random.
 */
export function simulatedIds(): IdGenerator {
  const random = new RandomIdGenerator()
  return {
    generateSpanId: () => {
      const moment = moments.getStore()
      if (moment === undefined) return random.generateSpanId()
      moment.spans += 1
      return hexDigits(`${moment.startsAt}/${moment.spans}`, 16)
    },
    generateTraceId: () => {
      const moment = moments.getStore()
      return moment === undefined ? random.generateTraceId() : hexDigits(String(moment.startsAt), 32)
    },
  }
}

function hexDigits(text: string, count: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, count)
}

/** Spans on their way: handed to the exporter in batches, on their simulated time. */
export type SimulatedSpans = SpanProcessor & {
  /** Resolves when everything ended so far is acknowledged. Rejects with the first failure since the last flush. */
  forceFlush(): Promise<void>
}

export function simulatedSpans(exporter: SpanExporter, batchSize: number): SimulatedSpans {
  const startedSpans = new WeakMap<object, Started>()
  const sending = new Set<Promise<void>>()
  let waiting: ReadableSpan[] = []
  let failure: Error | undefined

  const send = (): void => {
    const batch = waiting
    waiting = []
    const sent = exported(exporter, batch)
      .catch((error: unknown) => {
        failure ??= error instanceof Error ? error : new Error(String(error))
      })
      .finally(() => sending.delete(sent))
    sending.add(sent)
  }

  const forceFlush = async (): Promise<void> => {
    if (waiting.length > 0) send()
    await Promise.all(sending)
    const error = failure
    failure = undefined
    if (error !== undefined) throw error
  }

  return {
    onStart(span: Span) {
      const moment = moments.getStore()
      if (moment !== undefined) startedSpans.set(span, { moment, startsAt: moment.clock })
    },
    onEnd(span) {
      const started = startedSpans.get(span)
      waiting.push(started === undefined ? span : onSimulatedTime(span, started))
      if (waiting.length >= batchSize) send()
    },
    forceFlush,
    async shutdown() {
      await forceFlush()
      await exporter.shutdown()
    },
  }
}

function exported(exporter: SpanExporter, batch: ReadableSpan[]): Promise<void> {
  return new Promise((resolve, reject) => {
    exporter.export(batch, ({ code, error }) => {
      // 0 is success, and a failure may come without an error
      if (!code) resolve()
      else reject(error ?? new Error('the exporter gave no reason'))
    })
  })
}

function onSimulatedTime(span: ReadableSpan, { moment, startsAt }: Started): ReadableSpan {
  const isCall = span.kind === SpanKind.CLIENT && ATTRIBUTE.operationName in span.attributes
  if (isCall) {
    const latency = moment.latencies.shift()
    // a call without an answer lasts as long as it did
    const lasted = latency === undefined ? milliseconds(span.duration) : latency * 1000
    moment.clock = Math.max(moment.clock, startsAt + lasted)
  }
  const endsAt = moment.clock
  const realStart = milliseconds(span.startTime)
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => span.spanContext(),
    ...(span.parentSpanContext === undefined ? {} : { parentSpanContext: span.parentSpanContext }),
    startTime: hrTime(startsAt),
    endTime: hrTime(endsAt),
    duration: hrTime(endsAt - startsAt),
    status: span.status,
    attributes: span.attributes,
    links: span.links,
    events: span.events.map((event) =>
      moved(event, hrTime(Math.min(endsAt, startsAt + Math.max(0, milliseconds(event.time) - realStart)))),
    ),
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  }
}

function moved<Event extends { readonly time: HrTime }>(event: Event, time: HrTime): Event {
  return { ...event, time }
}

function milliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1000 + nanoseconds / 1e6
}

function hrTime(time: number): HrTime {
  const seconds = Math.floor(time / 1000)
  return [seconds, Math.round((time - seconds * 1000) * 1e6)]
}
