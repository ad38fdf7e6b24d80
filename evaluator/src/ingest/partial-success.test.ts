import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { expect, test } from 'vitest'
import { encodePartialSuccess, summariseRejections } from './partial-success.ts'

const some = { rejectedSpans: 300, errorMessage: '300 × unknown_agent: „Agent“' }

test('the real exporter reads the protobuf answer', () => {
  const bytes = encodePartialSuccess('application/x-protobuf', some)
  const response = ProtobufTraceSerializer.deserializeResponse(bytes)
  expect(Number(response.partialSuccess?.rejectedSpans)).toBe(300)
  expect(response.partialSuccess?.errorMessage).toBe(some.errorMessage)
})

test('the real exporter reads the JSON answer', () => {
  const bytes = encodePartialSuccess('application/json; charset=utf-8', some)
  expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({
    partialSuccess: { rejectedSpans: '300', errorMessage: some.errorMessage },
  })
  expect(JsonTraceSerializer.deserializeResponse(bytes).partialSuccess?.errorMessage).toBe(some.errorMessage)
})

test('full success leaves partial success unset', () => {
  const none = { rejectedSpans: 0, errorMessage: '' }
  expect(encodePartialSuccess('application/x-protobuf', none)).toHaveLength(0)
  expect(Buffer.from(encodePartialSuccess('application/json', none)).toString()).toBe('{}')
})

test('the summary counts each reason and shows its first case', () => {
  expect(summariseRejections([])).toBe('')
  expect(
    summariseRejections([
      { agent: '', reason: 'unknown_agent', message: 'first' },
      { agent: 'a', reason: 'bad_value', message: 'other' },
      { agent: '', reason: 'unknown_agent', message: 'second' },
    ]),
  ).toBe('2 × unknown_agent: first\n1 × bad_value: other')
})
