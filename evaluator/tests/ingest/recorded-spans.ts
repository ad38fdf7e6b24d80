import { SpanKind, SpanStatusCode, trace, ROOT_CONTEXT } from '@opentelemetry/api'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { ATTRIBUTE, SPAN, TIDEMARK } from '@tidemark/instrumentation/semconv'

/** When the recorded spans started. */
export const STARTED_AT = Date.UTC(2026, 10, 24, 8, 0, 0, 123)

export const CALL_ATTRIBUTES = {
  [ATTRIBUTE.operationName]: 'chat',
  [ATTRIBUTE.providerName]: 'openai',
  [ATTRIBUTE.requestModel]: 'gpt-4o-mini',
  [ATTRIBUTE.responseModel]: 'gpt-4o-mini-2024-07-18',
  [ATTRIBUTE.responseId]: 'chatcmpl-1',
  [ATTRIBUTE.systemFingerprint]: 'fp_1',
  [ATTRIBUTE.finishReasons]: ['stop', 'length'],
  [ATTRIBUTE.promptName]: 'triage',
  [ATTRIBUTE.promptVersion]: '7',
  [ATTRIBUTE.conversationId]: 'conversation-1',
  [ATTRIBUTE.inputTokens]: 312,
  [ATTRIBUTE.outputTokens]: 40,
  [ATTRIBUTE.inputMessages]: '[{"role":"user","parts":[{"type":"text","content":"Grüße 🌊"}]}]',
  [TIDEMARK.inputHash]: '0123456789abcdef',
  [TIDEMARK.promptHash]: '1123456789abcdef',
  [TIDEMARK.toolsHash]: '2123456789abcdef',
  [TIDEMARK.userHash]: '3123456789abcdef',
  [TIDEMARK.dataVersion]: 'kb-12',
  [TIDEMARK.segment]: 'refund',
  [TIDEMARK.variant]: 'canary',
  [TIDEMARK.origin]: 'harness',
  [TIDEMARK.outputShape]: 'json_fenced',
  [TIDEMARK.outputCharacters]: 123,
  [TIDEMARK.attemptCount]: 2,
  [TIDEMARK.samplingProbability]: 0.25,
} as const

/** The spans of one run of an agent, recorded by the real SDK: a call with attempt and validation, a failed call, a decision, a tool. */
export function recordedSpans(): readonly ReadableSpan[] {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'support-triage', 'host.name': 'somewhere' }),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  })
  const tracer = provider.getTracer('recorded', '1.0.0')
  const decision = tracer.startSpan(SPAN.decision, {
    startTime: STARTED_AT,
    attributes: {
      [TIDEMARK.route]: 'escalated',
      [TIDEMARK.escalationReason]: 'low_confidence',
      [TIDEMARK.decisionConfidence]: 0.4,
      [ATTRIBUTE.conversationId]: 'conversation-1',
    },
  })
  const underDecision = trace.setSpan(ROOT_CONTEXT, decision)
  const call = tracer.startSpan(
    'chat gpt-4o-mini',
    { kind: SpanKind.CLIENT, startTime: STARTED_AT, attributes: CALL_ATTRIBUTES },
    underDecision,
  )
  const underCall = trace.setSpan(ROOT_CONTEXT, call)
  tracer
    .startSpan(SPAN.attempt, { startTime: STARTED_AT, attributes: { [TIDEMARK.attemptOutcome]: 'retried' } }, underCall)
    .end(STARTED_AT + 200)
  call.addEvent('gen_ai.evaluation.result', { 'gen_ai.evaluation.name': 'schema_validation' })
  call.end(STARTED_AT + 1500)
  tracer
    .startSpan(
      SPAN.validation,
      {
        startTime: STARTED_AT + 1500,
        attributes: {
          [TIDEMARK.validationOutcome]: 'schema_mismatch',
          [TIDEMARK.validationIssues]: ['amount:invalid_type', 'currency:missing'],
          [TIDEMARK.schemaName]: 'refund',
          [TIDEMARK.schemaHash]: '4123456789abcdef',
          [ATTRIBUTE.responseId]: 'chatcmpl-1',
        },
      },
      underCall,
    )
    .end(STARTED_AT + 1501)
  const failed = tracer.startSpan(
    'chat gpt-4o-mini',
    {
      kind: SpanKind.CLIENT,
      startTime: STARTED_AT + 1600,
      attributes: { [ATTRIBUTE.operationName]: 'chat', [ATTRIBUTE.agentName]: 'refunds' },
    },
    underDecision,
  )
  failed.setStatus({ code: SpanStatusCode.ERROR, message: '500' })
  failed.end(STARTED_AT + 1700)
  tracer
    .startSpan('execute_tool lookup', {
      startTime: STARTED_AT,
      attributes: { [ATTRIBUTE.operationName]: 'execute_tool' },
    })
    .end(STARTED_AT + 10)
  decision.end(STARTED_AT + 1800)
  return exporter.getFinishedSpans()
}

/** The same spans in both encodings of OTLP/HTTP, as the real exporters send them. */
export function serialise(spans: readonly ReadableSpan[]): {
  readonly protobuf: Uint8Array
  readonly json: Uint8Array
} {
  const protobuf = ProtobufTraceSerializer.serializeRequest([...spans])
  const json = JsonTraceSerializer.serializeRequest([...spans])
  if (protobuf === undefined || json === undefined) throw new Error('the exporter serialised nothing')
  return { protobuf, json }
}
