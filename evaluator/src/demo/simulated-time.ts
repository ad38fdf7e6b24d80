import { AsyncLocalStorage } from 'node:async_hooks'
import { SpanKind, type HrTime } from '@opentelemetry/api'
import type { ReadableSpan, Span, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace'
import { LATENCY_HEADER } from './latency-header.ts'

/** A piece of work that happens at another time than it is done. Times are epoch milliseconds. */
type Moment = {
  readonly startsAt: number
  readonly doneAt: number
  /** Recorded latencies of answers whose call span has not ended yet. */
  readonly latencies: number[]
  /** How much longer the calls that have ended took when they were recorded, milliseconds. */
  stretch: number
  /** End of the newest call on the simulated clock. */
  callEndedAt: number
}

/** A span under way: its moment, and the state of the moment when it started. */
type Started = { readonly moment: Moment; readonly stretch: number; readonly notBefore: number }

const moments = new AsyncLocalStorage<Moment>()

/**
 * Runs `work` as if it began at `startsAt`: its spans lie there, and its calls, made one after the other, last as long as
 * they did when recorded.
 */
export function atSimulatedTime<Result>(startsAt: number, work: () => Result): Result {
  return moments.run({ startsAt, doneAt: Date.now(), latencies: [], stretch: 0, callEndedAt: startsAt }, work)
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
      if (moment === undefined) return
      startedSpans.set(span, { moment, stretch: moment.stretch, notBefore: moment.callEndedAt })
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
    exporter.export(batch, ({ error }) => {
      if (error === undefined) resolve()
      else reject(error)
    })
  })
}

function onSimulatedTime(span: ReadableSpan, { moment, stretch, notBefore }: Started): ReadableSpan {
  const start = milliseconds(span.startTime)
  const end = milliseconds(span.endTime)
  const pace = (time: number): number => moment.startsAt + Math.max(0, time - moment.doneAt)
  const startsAt = Math.max(notBefore, pace(start) + stretch)
  const latency = span.kind === SpanKind.CLIENT ? moment.latencies.shift() : undefined
  if (latency !== undefined) {
    moment.stretch += latency * 1000 - (end - start)
    moment.callEndedAt = startsAt + latency * 1000
  }
  const endsAt =
    latency === undefined ? Math.max(startsAt, moment.callEndedAt, pace(end) + moment.stretch) : moment.callEndedAt
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
      moved(event, hrTime(Math.min(endsAt, Math.max(startsAt, pace(milliseconds(event.time)) + stretch)))),
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
