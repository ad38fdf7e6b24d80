import { SpanKind } from '@opentelemetry/api'
import { InMemorySpanExporter, TracerProvider, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace'
import { expect, test } from 'vitest'
import { ATTRIBUTE } from '@tidemark/instrumentation/semconv'
import { LATENCY_HEADER } from './latency-header.ts'
import { atSimulatedTime, noteRecordedLatency, simulatedIds, simulatedSpans } from './simulated-time.ts'

const MOMENT = Date.parse('2026-10-01T12:00:00Z')
const at = ([seconds, nanoseconds]: readonly [number, number]): number => seconds * 1000 + nanoseconds / 1e6

const CALL = { kind: SpanKind.CLIENT, attributes: { [ATTRIBUTE.operationName]: 'chat' } }

function setUp(exporter: SpanExporter = new InMemorySpanExporter()) {
  const spans = simulatedSpans(exporter, 2)
  const tracer = new TracerProvider({ spanProcessors: [spans] }).getTracer('test')
  return { exporter, spans, tracer }
}

const answeredIn = (seconds: number | undefined): typeof globalThis.fetch =>
  noteRecordedLatency(
    async () => new Response('{}', { headers: seconds === undefined ? {} : { [LATENCY_HEADER]: String(seconds) } }),
  )

async function finished(
  exporter: InMemorySpanExporter,
  spans: { forceFlush(): Promise<void> },
): Promise<ReadableSpan[]> {
  await spans.forceFlush()
  return exporter.getFinishedSpans()
}

test('a call lies at its simulated moment and lasts as long as it was recorded', async () => {
  const exporter = new InMemorySpanExporter()
  const { spans, tracer } = setUp(exporter)
  await atSimulatedTime(MOMENT, async () => {
    const span = tracer.startSpan('chat', CALL)
    await answeredIn(2.5)('http://127.0.0.1/')
    span.addEvent('first byte')
    span.end()
  })
  const [call] = await finished(exporter, spans)
  if (call === undefined) throw new Error('no span')
  expect(at(call.startTime)).toBe(MOMENT)
  expect(at(call.endTime) - at(call.startTime)).toBeCloseTo(2500, 3)
  expect(at(call.duration)).toBeCloseTo(2500, 3)
  const event = call.events[0]
  expect(event && at(event.time)).toBeLessThanOrEqual(at(call.endTime))
})

test('an attempt that failed leaves the recorded latency to the call', async () => {
  const exporter = new InMemorySpanExporter()
  const { spans, tracer } = setUp(exporter)
  await atSimulatedTime(MOMENT, async () => {
    const call = tracer.startSpan('chat', CALL)
    const attempt = tracer.startSpan('attempt', { kind: SpanKind.CLIENT })
    await answeredIn(4)('http://127.0.0.1/')
    attempt.end()
    call.end()
  })
  const call = (await finished(exporter, spans)).find(({ name }) => name === 'chat')
  expect(call && at(call.duration)).toBeCloseTo(4000, 3)
})

test('what follows a call begins after it, and what encloses calls holds all of their time', async () => {
  const exporter = new InMemorySpanExporter()
  const { spans, tracer } = setUp(exporter)
  await atSimulatedTime(MOMENT, async () => {
    const decision = tracer.startSpan('decision')
    for (const seconds of [2, 3]) {
      const span = tracer.startSpan('chat', CALL)
      await answeredIn(seconds)('http://127.0.0.1/')
      span.end()
      tracer.startSpan('validation').end()
    }
    decision.end()
  })
  const all = await finished(exporter, spans)
  const named = (name: string): ReadableSpan[] => all.filter((span) => span.name === name)
  const [first, second] = named('chat')
  const [validation] = named('validation')
  const [decision] = named('decision')
  if (!first || !second || !validation || !decision) throw new Error('spans are missing')
  expect(at(validation.startTime)).toBeGreaterThanOrEqual(at(first.endTime))
  expect(at(second.startTime)).toBeGreaterThanOrEqual(at(first.endTime))
  expect(at(second.duration)).toBeCloseTo(3000, 3)
  expect(at(decision.startTime)).toBeLessThanOrEqual(at(first.startTime))
  expect(at(decision.endTime)).toBeGreaterThanOrEqual(at(second.endTime))
})

test('work that runs at the same time keeps its own moment', async () => {
  const exporter = new InMemorySpanExporter()
  const { spans, tracer } = setUp(exporter)
  await Promise.all(
    [1, 2, 3].map((hour) =>
      atSimulatedTime(MOMENT + hour * 3_600_000, async () => {
        const span = tracer.startSpan(String(hour), CALL)
        await answeredIn(hour)('http://127.0.0.1/')
        span.end()
      }),
    ),
  )
  for (const span of await finished(exporter, spans)) {
    const hour = Number(span.name)
    expect(Math.floor((at(span.startTime) - MOMENT) / 3_600_000)).toBe(hour)
    expect(at(span.duration)).toBeCloseTo(hour * 1000, 3)
  }
})

test('an answer without a recorded latency keeps its real duration, a span outside keeps its time', async () => {
  const exporter = new InMemorySpanExporter()
  const { spans, tracer } = setUp(exporter)
  await atSimulatedTime(MOMENT, async () => {
    const span = tracer.startSpan('chat', CALL)
    await answeredIn(undefined)('http://127.0.0.1/')
    span.end()
  })
  tracer.startSpan('outside').end()
  const [call, outside] = await finished(exporter, spans)
  expect(call && at(call.duration)).toBeLessThan(1000)
  expect(outside && Math.abs(at(outside.startTime) - Date.now())).toBeLessThan(10_000)
})

test('a flush waits for batches under way and tells of one that was not taken', async () => {
  let taken = 0
  const answers: (() => void)[] = []
  const slow: SpanExporter = {
    export: (_batch, done) =>
      void answers.push(() => done(taken++ === 1 ? { code: 1, error: new Error('503') } : { code: 0 })),
    shutdown: async () => undefined,
  }
  const { spans, tracer } = setUp(slow)
  for (let index = 0; index < 5; index += 1) tracer.startSpan(String(index)).end()
  const flushed = spans.forceFlush()
  expect(answers).toHaveLength(3)
  for (const answer of answers) answer()
  await expect(flushed).rejects.toThrow('503')
  await expect(spans.forceFlush()).resolves.toBeUndefined()
})

test('ids of traces and spans follow from the simulated moment', () => {
  const ids = simulatedIds()
  const idsAt = (startsAt: number): string[] =>
    atSimulatedTime(startsAt, () => [ids.generateTraceId(), ids.generateSpanId(), ids.generateSpanId()])
  const [trace, span, next] = idsAt(MOMENT)
  expect(trace).toMatch(/^[0-9a-f]{32}$/u)
  expect(span).toMatch(/^[0-9a-f]{16}$/u)
  expect(next).not.toBe(span)
  expect(idsAt(MOMENT)).toEqual([trace, span, next])
  for (const [index, id] of idsAt(MOMENT + 1).entries()) expect(id).not.toBe([trace, span, next][index])
})

test('ids outside a moment are random', () => {
  const ids = simulatedIds()
  expect(ids.generateTraceId()).not.toBe(ids.generateTraceId())
  expect(ids.generateSpanId()).not.toBe(ids.generateSpanId())
})
