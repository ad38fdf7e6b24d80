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
  /** What each ended call took longer when recorded than now, and when it ended now. */
  readonly stretches: { readonly after: number; readonly milliseconds: number }[]
}

const moments = new AsyncLocalStorage<Moment>()

/** Runs `work` as if it began at `startsAt`: its spans lie there, its calls last as long as they did when recorded. */
export function atSimulatedTime<Result>(startsAt: number, work: () => Result): Result {
  return moments.run({ startsAt, doneAt: Date.now(), latencies: [], stretches: [] }, work)
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
  const momentOf = new WeakMap<object, Moment>()
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
      if (moment !== undefined) momentOf.set(span, moment)
    },
    onEnd(span) {
      const moment = momentOf.get(span)
      waiting.push(moment === undefined ? span : onSimulatedTime(span, moment))
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

function onSimulatedTime(span: ReadableSpan, moment: Moment): ReadableSpan {
  const start = milliseconds(span.startTime)
  const end = milliseconds(span.endTime)
  const startsAt = simulated(start, moment)
  const latency = span.kind === SpanKind.CLIENT ? moment.latencies.shift() : undefined
  if (latency !== undefined) moment.stretches.push({ after: end, milliseconds: latency * 1000 - (end - start) })
  const endsAt = latency === undefined ? simulated(end, moment) : startsAt + latency * 1000
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
      moved(event, hrTime(Math.min(endsAt, simulated(milliseconds(event.time), moment)))),
    ),
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  }
}

/** Real pace, except that every call that has ended took its recorded time. */
function simulated(time: number, { startsAt, doneAt, stretches }: Moment): number {
  let at = startsAt + Math.max(0, time - doneAt)
  for (const stretch of stretches) if (stretch.after <= time) at += stretch.milliseconds
  return Math.max(startsAt, at)
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
