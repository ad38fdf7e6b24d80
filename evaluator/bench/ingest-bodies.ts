import { randomFillSync } from 'node:crypto'
import { ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { ATTRIBUTE, SPAN, TIDEMARK } from '@tidemark/instrumentation/semconv'

/** Spans of one request: of a hundred, 60 are calls, 36 validations and 4 decisions. */
export const SPANS_PER_BODY = 512
const AGENT_DIGITS = 4

/** Makes requests of one agent each, as its exporter sends them: protobuf, every identifier new. */
export type BodyMaker = {
  /** A body that stays valid until the next one is made. */
  make(agent: number): Uint8Array
}

export function agentName(agent: number): string {
  return `agent-${String(agent).padStart(AGENT_DIGITS, '0')}`
}

/** One request is serialised by the real SDK; the further ones are that one with other identifiers, agent and times. */
export function bodyMaker(startedAt: number): BodyMaker {
  const spans = recordedRequest(startedAt)
  const body = Buffer.from(ProtobufTraceSerializer.serializeRequest([...spans]) ?? [])
  const places = idsOf(spans).map((id) => placesOf(body, Buffer.from(id, 'hex')))
  const [namePlace] = placesOf(body, Buffer.from(agentName(0)))
  if (namePlace === undefined || places.some((found) => found.length === 0))
    throw new Error('the body has no identifiers')
  return {
    make(agent) {
      for (const found of places) {
        const [first] = found
        if (first === undefined) continue
        randomFillSync(body, first.offset, first.length)
        for (const { offset } of found.slice(1)) body.copyWithin(offset, first.offset, first.offset + first.length)
      }
      body.write(agentName(agent), namePlace.offset)
      return body
    },
  }
}

type Place = { readonly offset: number; readonly length: number }

function placesOf(body: Buffer, bytes: Buffer): Place[] {
  const places: Place[] = []
  for (let offset = body.indexOf(bytes); offset !== -1; offset = body.indexOf(bytes, offset + 1))
    places.push({ offset, length: bytes.length })
  return places
}

function idsOf(spans: readonly ReadableSpan[]): string[] {
  const ids = new Set<string>()
  for (const span of spans) {
    const { traceId, spanId } = span.spanContext()
    ids.add(traceId)
    ids.add(spanId)
  }
  return [...ids]
}

function recordedRequest(startedAt: number): readonly ReadableSpan[] {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'bench', [ATTRIBUTE.agentName]: agentName(0) }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  })
  const tracer = provider.getTracer('bench')
  for (let call = 0; exporter.getFinishedSpans().length < SPANS_PER_BODY; call++) {
    const at = startedAt + call
    const span = tracer.startSpan('chat m-4', {
      kind: SpanKind.CLIENT,
      startTime: at,
      attributes: callAttributes(call),
    })
    const inside = trace.setSpan(ROOT_CONTEXT, span)
    span.end(at + 800)
    if (call % 5 < 3)
      tracer
        .startSpan(SPAN.validation, { startTime: at + 800, attributes: validationAttributes(call) }, inside)
        .end(at + 801)
    if (call % 15 === 0)
      tracer
        .startSpan(SPAN.decision, {
          startTime: at,
          attributes: { [TIDEMARK.route]: 'auto', [TIDEMARK.decisionConfidence]: 0.93 },
        })
        .end(at + 802)
  }
  return exporter.getFinishedSpans().slice(0, SPANS_PER_BODY)
}

function callAttributes(call: number): Record<string, string | number | string[]> {
  return {
    [ATTRIBUTE.operationName]: 'chat',
    [ATTRIBUTE.providerName]: 'openai',
    [ATTRIBUTE.requestModel]: 'gpt-4o-mini',
    [ATTRIBUTE.responseModel]: 'gpt-4o-mini-2024-07-18',
    [ATTRIBUTE.responseId]: `chatcmpl-${1_000_000 + call}`,
    [ATTRIBUTE.systemFingerprint]: 'fp_44709d6fcb',
    [ATTRIBUTE.finishReasons]: ['stop'],
    [ATTRIBUTE.promptName]: 'triage',
    [ATTRIBUTE.promptVersion]: '7',
    [ATTRIBUTE.conversationId]: `conversation-${1_000_000 + call}`,
    [ATTRIBUTE.inputTokens]: 300 + (call % 50),
    [ATTRIBUTE.outputTokens]: 40 + (call % 9),
    [TIDEMARK.inputHash]: '0123456789abcdef',
    [TIDEMARK.promptHash]: '1123456789abcdef',
    [TIDEMARK.toolsHash]: '2123456789abcdef',
    [TIDEMARK.userHash]: '3123456789abcdef',
    [TIDEMARK.segment]: 'refund',
    [TIDEMARK.outputShape]: 'json',
    [TIDEMARK.outputCharacters]: 120 + (call % 30),
  }
}

function validationAttributes(call: number): Record<string, string | string[]> {
  return {
    [TIDEMARK.validationOutcome]: 'valid',
    [TIDEMARK.schemaName]: 'refund',
    [TIDEMARK.schemaHash]: '4123456789abcdef',
    [ATTRIBUTE.responseId]: `chatcmpl-${1_000_000 + call}`,
  }
}
