import { ATTRIBUTE, SPAN, TIDEMARK } from '@tidemark/instrumentation/semconv'
import { describe, expect, test, vi } from 'vitest'
import { CALL_ATTRIBUTES, recordedSpans, serialise, STARTED_AT } from '../../tests/ingest/recorded-spans.ts'
import { decodeTraces } from './decode-traces.ts'
import type { AttributeValue, DecodedSpan, DecodedTraces } from './decoded-traces.ts'
import { DEFAULT_INGEST_LIMITS } from './limits.ts'
import { readSpans, type ReadSpansOptions } from './read-spans.ts'

const DAY = 86_400_000
const limits = DEFAULT_INGEST_LIMITS
const options: ReadSpansOptions = {
  now: STARTED_AT + 60_000,
  retentionMilliseconds: 400 * DAY,
  futureSkewMilliseconds: 3_600_000,
  knownAgents: () => 'known',
  limits,
}

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const SPAN_ID = 'b7ad6b7169203331'

type SpanFields = Partial<Omit<DecodedSpan, 'attributes'>> & { readonly attributes?: Record<string, AttributeValue> }

function call({ attributes = {}, ...fields }: SpanFields = {}): DecodedSpan {
  return {
    traceId: TRACE_ID,
    spanId: SPAN_ID,
    parentSpanId: '',
    name: 'chat m',
    startNanoseconds: BigInt(STARTED_AT) * 1_000_000n,
    endNanoseconds: BigInt(STARTED_AT + 1500) * 1_000_000n,
    hasErrorStatus: false,
    flaw: null,
    ...fields,
    attributes: new Map(Object.entries({ [ATTRIBUTE.operationName]: 'chat', ...attributes })),
  }
}

const traces = (...spans: readonly DecodedSpan[]): DecodedTraces => ({
  resourceSpans: [{ resource: new Map([['service.name', 'support-triage']]), spans }],
})
const read = (span: DecodedSpan, changed: Partial<ReadSpansOptions> = {}) =>
  readSpans(traces(span), { ...options, ...changed })
const recordOf = (attributes: Record<string, AttributeValue>) => read(call({ attributes })).batch.calls[0]

const rejectionOf = (span: DecodedSpan, changed: Partial<ReadSpansOptions> = {}) => {
  const { batch, rejections } = read(span, changed)
  expect(batch).toEqual({ calls: [], validations: [], decisions: [] })
  expect(rejections).toHaveLength(1)
  return rejections[0]
}

const reasonsAt = (milliseconds: number) => {
  const nanoseconds = BigInt(milliseconds) * 1_000_000n
  return read(call({ startNanoseconds: nanoseconds, endNanoseconds: nanoseconds })).rejections.map(
    ({ reason }) => reason,
  )
}

const named = (name: string) => call({ attributes: { [ATTRIBUTE.agentName]: name } })

const agentOf = (resource: Record<string, string>, attributes: Record<string, string>) =>
  readSpans(
    { resourceSpans: [{ resource: new Map(Object.entries(resource)), spans: [call({ attributes })] }] },
    options,
  ).batch.calls[0]?.agent

describe('spans of the real SDK', () => {
  const { protobuf, json } = serialise(recordedSpans())
  const fromProtobuf = readSpans(
    decodeTraces(protobuf, { contentType: 'application/x-protobuf', contentEncoding: undefined }, limits),
    options,
  )

  test('give the same records from protobuf and JSON', () => {
    const headers = { contentType: 'application/json', contentEncoding: undefined }
    expect(readSpans(decodeTraces(json, headers, limits), options)).toEqual(fromProtobuf)
  })

  test('a call becomes a record with every field', () => {
    const [record] = fromProtobuf.batch.calls
    const { decisions } = fromProtobuf.batch
    expect(record).toEqual({
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/u),
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/u),
      parentSpanId: decisions[0]?.spanId,
      agent: 'support-triage',
      startedAt: STARTED_AT,
      latencySeconds: 1.5,
      errorType: null,
      operation: 'chat',
      provider: 'openai',
      requestModel: 'gpt-4o-mini',
      responseModel: 'gpt-4o-mini-2024-07-18',
      responseId: 'chatcmpl-1',
      systemFingerprint: 'fp_1',
      finishReason: 'stop',
      promptName: 'triage',
      promptVersion: '7',
      promptHash: '1123456789abcdef',
      toolsHash: '2123456789abcdef',
      dataVersion: 'kb-12',
      inputHash: '0123456789abcdef',
      segment: 'refund',
      conversationId: 'conversation-1',
      userHash: '3123456789abcdef',
      variant: 'canary',
      origin: 'harness',
      outputShape: 'json_fenced',
      outputCharacters: 123,
      inputTokens: 312,
      outputTokens: 40,
      attempts: 2,
      samplingProbability: 0.25,
      input: CALL_ATTRIBUTES[ATTRIBUTE.inputMessages],
      output: null,
    })
  })

  test('a failed call without a named error is _OTHER, and its own agent name wins over the service', () => {
    expect(fromProtobuf.batch.calls[1]).toMatchObject({
      agent: 'refunds',
      errorType: '_OTHER',
      latencySeconds: 0.1,
      provider: null,
      variant: 'control',
      origin: 'production',
    })
  })

  test('validation and decision become records that end where their span ends', () => {
    const { calls, validations, decisions } = fromProtobuf.batch
    expect(validations).toEqual([
      {
        traceId: calls[0]?.traceId,
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/u),
        parentSpanId: calls[0]?.spanId,
        agent: 'support-triage',
        at: STARTED_AT + 1501,
        responseId: 'chatcmpl-1',
        outcome: 'schema_mismatch',
        schemaName: 'refund',
        schemaHash: '4123456789abcdef',
        issues: ['amount:invalid_type', 'currency:missing'],
      },
    ])
    expect(decisions).toMatchObject([
      {
        parentSpanId: null,
        at: STARTED_AT + 1800,
        route: 'escalated',
        reason: 'low_confidence',
        confidence: 0.4,
        conversationId: 'conversation-1',
      },
    ])
  })

  test('attempts and tools are ignored, not rejected', () => {
    expect(fromProtobuf).toMatchObject({
      ignored: 2,
      rejections: [],
      duplicates: 0,
      contentDropped: 0,
      valuesDropped: 0,
    })
  })
})

describe('which spans are calls', () => {
  test.each(['chat', 'text_completion', 'generate_content', 'embeddings'])('%s is a call', (operation) => {
    expect(recordOf({ [ATTRIBUTE.operationName]: operation })).toMatchObject({ operation })
  })

  test.each(['invoke_agent', 'execute_tool', 'create_agent', 'Chat', '', 5, ['chat']])('%j is ignored', (operation) => {
    expect(read(call({ attributes: { [ATTRIBUTE.operationName]: operation } }))).toMatchObject({
      ignored: 1,
      rejections: [],
      batch: { calls: [] },
    })
  })

  test('an ignored span is not looked at: neither its clock, nor its ids, nor its agent', () => {
    const knownAgents = vi.fn<ReadSpansOptions['knownAgents']>(() => 'unknown')
    const span = call({ traceId: '', startNanoseconds: 0n, attributes: { [ATTRIBUTE.operationName]: 'execute_tool' } })
    expect(read(span, { knownAgents })).toMatchObject({ ignored: 1, rejections: [] })
    expect(knownAgents).not.toHaveBeenCalled()
  })
})

describe('names of earlier conventions', () => {
  test.each([
    ['provider', { 'gen_ai.system': 'openai' }, 'openai'],
    ['provider', { 'gen_ai.system': 'old', [ATTRIBUTE.providerName]: 'new' }, 'new'],
    ['inputTokens', { 'gen_ai.usage.prompt_tokens': 7 }, 7],
    ['outputTokens', { 'gen_ai.usage.completion_tokens': 8 }, 8],
    ['systemFingerprint', { 'gen_ai.openai.response.system_fingerprint': 'fp' }, 'fp'],
  ])('%s from %j', (field, attributes, value) => {
    expect(recordOf(attributes)).toMatchObject({ [field]: value })
  })
})

describe('values', () => {
  test.each([
    ['inputTokens', { [ATTRIBUTE.inputTokens]: 'many' }],
    ['inputTokens', { [ATTRIBUTE.inputTokens]: -1 }],
    ['inputTokens', { [ATTRIBUTE.inputTokens]: 1.5 }],
    ['inputTokens', { [ATTRIBUTE.inputTokens]: 2 ** 60 }],
    ['samplingProbability', { [TIDEMARK.samplingProbability]: 0 }],
    ['samplingProbability', { [TIDEMARK.samplingProbability]: 1.1 }],
    ['samplingProbability', { [TIDEMARK.samplingProbability]: Number.NaN }],
    ['requestModel', { [ATTRIBUTE.requestModel]: 5 }],
    ['responseModel', { [ATTRIBUTE.responseModel]: { a: 1 } }],
    ['outputShape', { [TIDEMARK.outputShape]: 'yaml' }],
    ['finishReason', { [ATTRIBUTE.finishReasons]: [5] }],
  ])('an optional %s in %j is absent, and counted', (field, attributes) => {
    const { batch, valuesDropped, rejections } = read(call({ attributes }))
    expect(batch.calls[0]).toMatchObject({ [field]: null })
    expect({ valuesDropped, rejections }).toEqual({ valuesDropped: 1, rejections: [] })
  })

  test('a finish reason alone is a list of one', () => {
    expect(recordOf({ [ATTRIBUTE.finishReasons]: 'stop' })).toMatchObject({ finishReason: 'stop' })
    expect(recordOf({ [ATTRIBUTE.finishReasons]: [] })).toMatchObject({ finishReason: null })
  })

  test('structured messages become their JSON text', () => {
    const messages = [{ role: 'user', parts: [{ type: 'text', content: 'hi' }] }]
    expect(recordOf({ [ATTRIBUTE.inputMessages]: messages })?.input).toBe(JSON.stringify(messages))
  })

  test('what no database keeps is replaced', () => {
    expect(recordOf({ [TIDEMARK.segment]: 'a\0b\uD800c' })?.segment).toBe('a\uFFFDb\uFFFDc')
  })

  test('content over the limit is dropped and counted, its call is kept', () => {
    const inside = '€'.repeat(limits.contentBytes / 3)
    expect(recordOf({ [ATTRIBUTE.outputMessages]: inside })?.output).toBe(inside)
    const { batch, contentDropped, rejections } = read(
      call({ attributes: { [ATTRIBUTE.outputMessages]: `${inside}€€` } }),
    )
    expect(batch.calls).toMatchObject([{ output: null, operation: 'chat' }])
    expect({ contentDropped, rejections }).toEqual({ contentDropped: 1, rejections: [] })
  })

  test('any other attribute over 4 KiB refuses the span', () => {
    expect(recordOf({ [ATTRIBUTE.requestModel]: 'm'.repeat(4096) })?.requestModel).toHaveLength(4096)
    const { batch, rejections } = read(call({ attributes: { [ATTRIBUTE.requestModel]: '€'.repeat(1366) } }))
    expect(batch.calls).toEqual([])
    expect(rejections).toMatchObject([{ agent: 'support-triage', reason: 'attribute_too_long' }])
    expect(rejections[0]?.message).toContain('gen_ai.request.model has 4098 bytes')
    expect(rejections[0]?.message.length).toBeLessThan(300)
  })

  test('sub-millisecond latency is exact', () => {
    const start = BigInt(STARTED_AT) * 1_000_000n + 999_999n
    const { calls } = read(call({ startNanoseconds: start, endNanoseconds: start + 1n })).batch
    expect(calls[0]).toMatchObject({ startedAt: STARTED_AT, latencySeconds: 1e-9 })
  })
})

describe('what is refused, with its reason', () => {
  test.each([
    ['1970', 0n, 'clock_in_the_past', '1970-01-01T00:00:00.000Z'],
    ['milliseconds for nanoseconds', BigInt(STARTED_AT), 'clock_in_the_past', 'nanoseconds'],
    ['2100', BigInt(Date.UTC(2100, 0, 1)) * 1_000_000n, 'clock_in_the_future', '2100-01-01T00:00:00.000Z'],
    ['the largest time', 2n ** 64n - 1n, 'clock_in_the_future', '2554-07-21'],
  ])('a span of %s', (_, start, reason, text) => {
    const rejection = rejectionOf(call({ startNanoseconds: start, endNanoseconds: start }))
    expect(rejection).toMatchObject({ agent: 'support-triage', reason })
    expect(rejection?.message).toContain(text)
  })

  test('the past is accepted to the retention, the future to the skew', () => {
    expect(reasonsAt(options.now - options.retentionMilliseconds)).toEqual([])
    expect(reasonsAt(options.now - options.retentionMilliseconds - 1)).toEqual(['clock_in_the_past'])
    expect(reasonsAt(options.now + options.futureSkewMilliseconds)).toEqual([])
    expect(reasonsAt(options.now + options.futureSkewMilliseconds + 1)).toEqual(['clock_in_the_future'])
  })

  test('a span that ends in 2100', () => {
    const end = BigInt(Date.UTC(2100, 0, 1)) * 1_000_000n
    expect(rejectionOf(call({ endNanoseconds: end }))).toMatchObject({ reason: 'clock_in_the_future' })
  })

  test('a span that ends before it starts, or has no end', () => {
    const span = call()
    const rejection = rejectionOf({ ...span, endNanoseconds: span.startNanoseconds - 1n })
    expect(rejection).toMatchObject({ reason: 'bad_value' })
    expect(rejection?.message).toContain('ends 1 ns before it starts')
    expect(rejectionOf({ ...span, endNanoseconds: 0n })).toMatchObject({ reason: 'bad_value' })
  })

  test.each([
    ['trace id', { traceId: '' }],
    ['trace id', { traceId: '0'.repeat(32) }],
    ['trace id', { traceId: 'CvdlGRbNQ92ESOshHIAxnA==' }],
    ['span id', { spanId: 'b7ad6b71692033' }],
    ['span id', { spanId: 'zzad6b7169203331' }],
    ['parent span id', { parentSpanId: 'abc' }],
  ])('a bad %s: %j', (what, fields) => {
    const rejection = rejectionOf(call(fields))
    expect(rejection).toMatchObject({ agent: '', reason: 'bad_identifier' })
    expect(rejection?.message).toContain(`the ${what} is "${Object.values(fields)[0]}"`)
  })

  test('a parent of zeros is no parent', () => {
    expect(read(call({ parentSpanId: '0'.repeat(16) })).batch.calls).toMatchObject([{ parentSpanId: null }])
  })

  test('a span that breaks OTLP, whatever it was', () => {
    const rejection = rejectionOf(
      call({ flaw: 'name is 5, not a string', attributes: { [ATTRIBUTE.operationName]: 'execute_tool' } }),
    )
    expect(rejection).toMatchObject({ reason: 'malformed' })
    expect(rejection?.message).toContain('name is 5, not a string')
  })

  test('an agent that is not accepted, or one too many; each name is asked for once', () => {
    const knownAgents = vi.fn<ReadSpansOptions['knownAgents']>((name) => (name === 'stranger' ? 'unknown' : 'too_many'))
    const { rejections } = readSpans(traces(named('stranger'), named('stranger'), named('late')), {
      ...options,
      knownAgents,
    })
    expect(rejections.map(({ agent, reason }) => [agent, reason])).toEqual([
      ['', 'unknown_agent'],
      ['', 'unknown_agent'],
      ['', 'too_many_agents'],
    ])
    expect(rejections[0]?.message).toContain('"stranger" is not accepted')
    expect(rejections[2]?.message).toContain('"late"')
    expect(knownAgents).toHaveBeenCalledTimes(2)
  })

  test('no agent anywhere', () => {
    const { rejections } = readSpans({ resourceSpans: [{ resource: new Map(), spans: [call()] }] }, options)
    expect(rejections).toMatchObject([{ agent: '', reason: 'no_agent' }])
  })

  test.each([['a'.repeat(129)], ['a\nb'], ['\u0085'], [' '], ['\uD800'], [5], [['a']]])('the agent name %j', (name) => {
    expect(rejectionOf(call({ attributes: { [ATTRIBUTE.agentName]: name } }))).toMatchObject({
      agent: '',
      reason: 'bad_value',
    })
  })

  test('the agent is the span, then the resource, then the service', () => {
    const service = { 'service.name': 'service' }
    expect(agentOf({ ...service, [ATTRIBUTE.agentName]: 'resource' }, { [ATTRIBUTE.agentName]: 'span' })).toBe('span')
    expect(agentOf({ ...service, [ATTRIBUTE.agentName]: 'resource' }, {})).toBe('resource')
    expect(agentOf(service, {})).toBe('service')
  })

  test.each([
    [{ name: SPAN.validation }, 'tidemark.validation.outcome is missing'],
    [
      { name: SPAN.validation, attributes: { [TIDEMARK.validationOutcome]: 'good' } },
      'tidemark.validation.outcome is "good"',
    ],
    [{ name: SPAN.decision }, 'tidemark.route is missing'],
    [{ name: SPAN.decision, attributes: { [TIDEMARK.route]: 5 } }, 'tidemark.route is 5'],
    [{ attributes: { [TIDEMARK.origin]: 'staging' } }, 'tidemark.origin is "staging"; it has to be one of production'],
  ])('a value that the record cannot do without: %j', (fields, text) => {
    const rejection = rejectionOf(call(fields))
    expect(rejection).toMatchObject({ agent: 'support-triage', reason: 'bad_value' })
    expect(rejection?.message).toContain(text)
  })

  test('a refused span does not take its neighbours with it', () => {
    const { batch, rejections } = readSpans(
      traces(call({ startNanoseconds: 0n }), call({ spanId: 'a'.repeat(16) })),
      options,
    )
    expect(batch.calls).toHaveLength(1)
    expect(rejections).toHaveLength(1)
  })
})

describe('duplicates in one request', () => {
  test('the later span wins', () => {
    const [first, second] = ['first', 'second'].map((model) =>
      call({ attributes: { [ATTRIBUTE.requestModel]: model } }),
    )
    const { batch, duplicates } = readSpans(traces(first ?? call(), second ?? call()), options)
    expect(batch.calls).toMatchObject([{ requestModel: 'second' }])
    expect(duplicates).toBe(1)
  })

  test('a later span that is refused does not remove the earlier', () => {
    const bad = call({ attributes: { [TIDEMARK.origin]: 'staging' } })
    const { batch, duplicates, rejections } = readSpans(traces(call(), bad), options)
    expect(batch.calls).toHaveLength(1)
    expect(duplicates).toBe(0)
    expect(rejections).toHaveLength(1)
  })
})
