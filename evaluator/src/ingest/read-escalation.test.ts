import { expect, test } from 'vitest'
import { TidemarkError } from '../domain/errors.ts'
import { MAXIMUM_ESCALATION_CONTENT_BYTES, readEscalation } from './read-escalation.ts'

const body = {
  id: '7D444840-9DC0-41D1-B245-5FFDCE74FAD2',
  agent: 'support-triage',
  reason: 'low_confidence',
  priority: 'high',
  question: 'Refund order 4711 in full?',
  context: { order: 4711 },
  input: 'Where is my money?',
  output: [{ type: 'refund', amount: 12.5 }],
  traceId: '0AF7651916CD43DD8448EB211C80319C',
  spanId: 'b7ad6b7169203331',
  createdAt: '2026-11-24T09:00:00.250+01:00',
}

function refusal(json: unknown): TidemarkError {
  try {
    readEscalation(json)
  } catch (error) {
    if (error instanceof TidemarkError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

test('a whole escalation is read, ids in lower case, the time in milliseconds', () => {
  expect(readEscalation(body)).toEqual({
    ...body,
    id: body.id.toLowerCase(),
    traceId: body.traceId.toLowerCase(),
    createdAt: Date.UTC(2026, 10, 24, 8, 0, 0, 250),
  })
})

test('what an agent may leave out gets its default', () => {
  const { id, agent, reason, createdAt } = body
  expect(readEscalation({ id, agent, reason, createdAt })).toMatchObject({
    priority: 'normal',
    question: '',
    context: null,
    input: null,
    output: null,
    traceId: null,
    spanId: null,
  })
  expect(readEscalation({ ...body, traceId: null, output: null })).toMatchObject({ traceId: null, output: null })
})

test('falsy content is content', () => {
  expect(readEscalation({ ...body, input: '', output: false, context: 0 })).toMatchObject({
    input: '',
    output: false,
    context: 0,
  })
})

test.each([
  ['id is "7"', { id: '7' }],
  ['agent is "a\\nb"', { agent: 'a\nb' }],
  ['agent is 5', { agent: 5 }],
  ['reason is "low confidence"', { reason: 'low confidence' }],
  ['reason is ""', { reason: '' }],
  ['priority is "urgent"', { priority: 'urgent' }],
  ['question is "qqq', { question: 'q'.repeat(5000) }],
  ['traceId is "xyz"', { traceId: 'xyz' }],
  ['spanId is 7', { spanId: 7 }],
  ['createdAt is "yesterday"', { createdAt: 'yesterday' }],
  ['createdAt is "2026-11-24T09:00:00"', { createdAt: '2026-11-24T09:00:00' }],
  ['createdAt is 1763971200000', { createdAt: 1_763_971_200_000 }],
  ['the unknown key "prio"', { prio: 'high' }],
])('refused: %s', (text, changed) => {
  const error = refusal({ ...body, ...changed })
  expect(error.code).toBe('escalation_invalid')
  expect(error.message).toContain(text)
  expect(error.message.length).toBeLessThan(400)
  expect(error.next).toContain('createdAt')
})

test.each([null, undefined, 'text', 5, []])('the body %j is refused', (json) => {
  expect(refusal(json)).toMatchObject({ code: 'escalation_invalid' })
})

test('content is accepted up to 256 KiB of JSON', () => {
  const inside = 'x'.repeat(MAXIMUM_ESCALATION_CONTENT_BYTES - 2)
  expect(readEscalation({ ...body, output: inside }).output).toBe(inside)
  const error = refusal({ ...body, output: `${inside}x`, input: { deep: '€'.repeat(100_000) } })
  expect(error.message).toContain('output is "xxx')
  expect(error.message).toContain('input is an object: is larger than 262144 bytes')
})

test('content nested too deep to be written again is refused', () => {
  const deep: unknown = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)
  expect(refusal({ ...body, context: deep }).message).toContain('nested too deep')
})
