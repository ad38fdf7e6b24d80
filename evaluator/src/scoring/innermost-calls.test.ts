import { expect, test } from 'vitest'
import { callRecord, evaluated, MONDAY } from '../../tests/call-records.ts'
import { innermostCalls } from './innermost-calls.ts'

const TRACE = { traceId: 'a'.repeat(32) }
const outer = callRecord('outer', {
  ...TRACE,
  responseId: null,
  promptName: 'triage',
  promptVersion: '8',
  origin: 'harness',
  latencySeconds: 2,
})
const inner = callRecord('inner', {
  ...TRACE,
  parentSpanId: outer.spanId,
  promptName: null,
  promptVersion: '7',
  latencySeconds: 1,
})

test('a call inside another is one call, which keeps its own facts and takes those it lacks', () => {
  const [only, ...others] = innermostCalls([evaluated(outer, 'not_json'), evaluated(inner, null)])
  expect(others).toEqual([])
  expect(only?.call).toEqual({ ...inner, promptName: 'triage', origin: 'harness' })
  expect(only?.validation?.outcome).toBe('not_json')
})

test('of a chain of three the innermost stays, whatever their order', () => {
  const middle = { ...callRecord('middle', { ...TRACE, parentSpanId: outer.spanId, segment: 'refund' }) }
  const last = { ...inner, parentSpanId: middle.spanId }
  for (const calls of [
    [outer, middle, last],
    [last, middle, outer],
  ])
    expect(innermostCalls(calls.map((call) => evaluated(call)))).toMatchObject([
      { call: { spanId: inner.spanId, promptName: 'triage', segment: 'refund' } },
    ])
})

test('a framework that tried twice is merged into the try that came last', () => {
  const failed = callRecord('failed', { ...TRACE, parentSpanId: outer.spanId, errorType: '503' })
  const good = callRecord('good', { ...TRACE, parentSpanId: outer.spanId, startedAt: MONDAY + 500 })
  const calls = innermostCalls([outer, failed, good].map((call) => evaluated(call)))
  expect(calls.map(({ call }) => call.spanId)).toEqual([failed.spanId, good.spanId])
})

test('the same response id inside the time of another trace is the same call', () => {
  const foreign = callRecord('foreign', {
    responseId: 'r-1',
    startedAt: MONDAY,
    latencySeconds: 3,
    promptName: 'chain',
  })
  const client = callRecord('client', { responseId: 'r-1', startedAt: MONDAY + 100, latencySeconds: 2 })
  expect(innermostCalls([evaluated(foreign), evaluated(client)])).toMatchObject([
    { call: { spanId: client.spanId, promptName: 'chain' } },
  ])
})

test('the same response id one after the other is two calls: some gateways give every answer one id', () => {
  const calls = [0, 1, 2].map((n) =>
    callRecord(`call ${n}`, { responseId: 'same', startedAt: MONDAY + n * 5000, latencySeconds: 1 }),
  )
  expect(innermostCalls(calls.map((call) => evaluated(call)))).toHaveLength(3)
})

test('a span that names itself as its parent is a call like any other', () => {
  const call = callRecord('circle')
  expect(innermostCalls([evaluated({ ...call, parentSpanId: call.spanId })])).toHaveLength(1)
})

test('two spans that name each other as parents are one call', () => {
  const a = callRecord('a', TRACE)
  const b = callRecord('b', { ...TRACE, parentSpanId: a.spanId })
  expect(innermostCalls([evaluated({ ...a, parentSpanId: b.spanId }), evaluated(b)])).toHaveLength(1)
})
