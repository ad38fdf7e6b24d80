import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { announcedChanges, contentsIn, externalScoresIn } from '../../src/store/signals.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import type { Service } from '../../src/service.ts'
import { evaluatedCalls } from '../../src/service/collect-sample.ts'
import { callRecord, evaluated, MONDAY } from '../call-records.ts'
import { serviceOnDisk, store as storeCalls, type ServiceOnDisk } from '../service/service-on-disk.ts'
import { logsRequest } from './log-records.ts'
import { idsOf, spansRequest } from './plain-spans.ts'
import { evaluatedNow, post } from './stored-calls.ts'

const DAY = 86_400_000
const WEEK = { from: MONDAY - 7 * DAY, to: MONDAY + 7 * DAY }
const TRACE = 'a'.repeat(32)
const SPAN = 'b'.repeat(16)

let disk: ServiceOnDisk
let service: Service
let store: Store
let url: string

beforeAll(async () => {
  disk = serviceOnDisk({ agents: { triage: {}, silent: { content: { accept: 'none' } } } })
  disk.now = MONDAY + DAY
  service = await disk.open()
  url = (await service.start()).url
  store = await openStore(disk.config.store.url)
})
afterAll(async () => {
  await store.close()
  await disk.remove()
})

const evaluation = (name: string, value: number) => ({
  eventName: 'gen_ai.evaluation.result',
  traceId: TRACE,
  spanId: SPAN,
  at: MONDAY,
  attributes: { 'gen_ai.evaluation.name': name, 'gen_ai.evaluation.score.value': value, 'gen_ai.response.id': 'r-1' },
})
const details = (agent: string, spanId: string) => ({
  eventName: 'gen_ai.client.inference.operation.details',
  traceId: TRACE,
  spanId,
  at: MONDAY,
  attributes: {
    'gen_ai.agent.name': agent,
    'gen_ai.operation.name': 'chat',
    'gen_ai.input.messages': [{ role: 'user', parts: [{ type: 'text', content: 'Write to ada@example.org' }] }],
    'gen_ai.output.messages': '[{"role":"assistant","parts":[{"type":"text","content":"Done."}]}]',
  },
})

describe('log records', () => {
  const encodings = [
    ['application/json', ''],
    ['application/x-protobuf', ''],
    ['application/x-protobuf', 'gzip'],
  ] as const
  test.for(encodings)('become scores, in %s %s', async ([contentType, contentEncoding]) => {
    const name = `tone ${contentType} ${contentEncoding}`
    const plain = logsRequest('triage', [evaluation(name, 0.25)])[contentType]
    const body = contentEncoding === 'gzip' ? Uint8Array.from(gzipSync(plain)) : plain
    const sent = { body, contentType, contentEncoding }
    expect(await post(url, '/v1/logs', sent)).toMatchObject({ status: 200, rejected: 0 })
    // a sender that did not see the answer repeats its request
    expect(await post(url, '/v1/logs', sent)).toMatchObject({ status: 200 })
    const scores = await externalScoresIn(store.db, 'triage', WEEK)
    expect(scores.filter((score) => score.name === name)).toMatchObject([
      { value: 0.25, label: null, traceId: TRACE, spanId: SPAN, responseId: 'r-1', source: 'otlp', at: MONDAY },
    ])
  })

  test('become texts of their call, redacted, and none where the agent keeps none', async () => {
    const body = logsRequest('triage', [details('triage', '1'.repeat(16)), details('silent', '2'.repeat(16))])
    for (const contentType of ['application/json', 'application/x-protobuf'] as const)
      await post(url, '/v1/logs', { body: body[contentType], contentType, contentEncoding: '' })
    const [content, ...others] = await contentsIn(store.db, 'triage', WEEK)
    expect(others).toEqual([])
    expect(content).toMatchObject({ spanId: '1'.repeat(16), traceId: TRACE })
    expect(JSON.parse(content?.input ?? '')).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'Write to [e-mail]' }] },
    ])
    expect(await contentsIn(store.db, 'silent', WEEK)).toEqual([])
  })

  test('tell form and length of the output of a call whose span has no text', async () => {
    const bare = callRecord('told by a log record', { outputShape: null, outputCharacters: null })
    await storeCalls(service, [evaluated(bare, null)])
    const record = { ...details('triage', bare.spanId), traceId: bare.traceId }
    const body = logsRequest('triage', [record])['application/json']
    await post(url, '/v1/logs', { body, contentType: 'application/json', contentEncoding: '' })
    const calls = await evaluatedCalls(store.db, 'triage', WEEK)
    expect(calls.find(({ call }) => call.spanId === bare.spanId)?.call).toMatchObject({
      outputShape: 'prose',
      outputCharacters: 'Done.'.length,
    })
  })

  const attributes = { 'gen_ai.evaluation.name': 'tone', 'gen_ai.evaluation.score.value': 1 }
  const outside = { traceId: '', spanId: '' }
  const wrong: readonly (readonly [string, Parameters<typeof logsRequest>[1][number], string])[] = [
    ['a name', { ...evaluation('', 1), attributes: { ...attributes, 'gen_ai.evaluation.name': 7 } }, 'name is 7'],
    ['a value', { ...evaluation('', 1), attributes: { 'gen_ai.evaluation.name': 'tone' } }, 'neither a number'],
    ['a call', { ...evaluation('', 1), ...outside, attributes }, 'belongs to no call'],
    ['a span', { ...details('triage', SPAN), ...outside }, 'belongs to no span'],
    ['a known agent', details('nobody', SPAN), 'unknown_agent'],
    ['a time', { ...evaluation('tone', 1), at: 0 }, 'clock_in_the_past'],
  ]
  test.for(wrong)('without %s are refused, and their neighbour is kept', async ([what, record, says]) => {
    const label = { 'gen_ai.evaluation.name': `beside ${what}`, 'gen_ai.evaluation.score.label': 'pass' }
    const body = logsRequest('triage', [record, { ...evaluation('', 1), attributes: label }])['application/json']
    const answer = await post(url, '/v1/logs', { body, contentType: 'application/json', contentEncoding: '' })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toMatchObject({ partialSuccess: { rejectedLogRecords: '1' } })
    expect(answer.text).toContain(says)
    const scores = await externalScoresIn(store.db, 'triage', WEEK)
    expect(scores.filter(({ name }) => name === `beside ${what}`)).toMatchObject([{ value: null, label: 'pass' }])
  })

  test('give a call its texts, whichever of the two comes first', async () => {
    const json = { contentType: 'application/json', contentEncoding: '' }
    const span = spansRequest('triage', { key: 'told beside', count: 1, at: MONDAY })
    const { traceId, spanId } = idsOf('told beside', 0)
    const text = logsRequest('triage', [{ ...details('triage', spanId), traceId }])['application/json']
    await post(url, '/v1/logs', { body: text, ...json })
    await post(url, '/v1/traces', { body: span, ...json })
    const calls = await evaluatedNow(disk, MONDAY - 1)
    expect(calls.find((call) => call.spanId === spanId)).toMatchObject({
      output: '[{"role":"assistant","parts":[{"type":"text","content":"Done."}]}]',
    })
  })

  test('that say nothing new, or nothing about a call, are accepted and not kept', async () => {
    const other = { ...evaluation('other', 1), eventName: 'app.something' }
    const body = logsRequest('triage', [other, evaluation('schema_validation', 1)])['application/json']
    expect((await post(url, '/v1/logs', { body, contentType: 'application/json', contentEncoding: '' })).text).toBe(
      '{}',
    )
    const names = (await externalScoresIn(store.db, 'triage', WEEK)).map(({ name }) => name)
    expect(names).not.toContain('schema_validation')
    expect(names).not.toContain('other')
  })

  test('of no JSON, or of traces, are refused as a body', async () => {
    const send = (body: string) =>
      post(url, '/v1/logs', { body: Buffer.from(body), contentType: 'application/json', contentEncoding: '' })
    expect(await send('{"resourceLogs":[')).toMatchObject({ status: 400 })
    expect((await send('{"resource_logs":[]}')).text).toContain('not resourceLogs')
    expect((await send('{"resourceLogs":7}')).text).toContain('no OTLP logs request')
  })
})

async function sendJson(path: string, value: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const body = JSON.stringify(value)
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('scores of others', () => {
  const refund = {
    agent: 'triage',
    name: 'refund_reversed',
    value: true,
    conversationId: 'c-7',
    selection: 'all',
    lagDays: 7,
  }

  test('are stored once, however often they are sent', async () => {
    const at = new Date(MONDAY).toISOString()
    const request = {
      scores: [
        { ...refund, at },
        { ...refund, name: 'mood', value: 'angry', selection: 'volunteered', at },
      ],
    }
    expect(await sendJson('/v1/scores', request)).toEqual({ status: 200, body: { accepted: 2, added: 2 } })
    expect(await sendJson('/v1/scores', request)).toEqual({ status: 200, body: { accepted: 2, added: 0 } })
    const scores = await externalScoresIn(store.db, 'triage', WEEK)
    expect(scores.filter(({ conversationId }) => conversationId === 'c-7')).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ name: 'refund_reversed', value: 1, lagMilliseconds: 7 * DAY, at: MONDAY }),
        expect.objectContaining({ name: 'mood', value: null, label: 'angry', selection: 'volunteered' }),
      ]),
    )
  })

  const wrong: readonly (readonly [string, object, string])[] = [
    ['no call', { conversationId: undefined }, 'names no call'],
    ['a value that is no number', { value: null }, 'scores.0.value'],
    ['a key that does not exist', { lag: '7d' }, 'unknown key'],
    ['a selection that does not exist', { selection: 'some' }, 'scores.0.selection is "some"'],
    ['a trace id that is none', { traceId: 'xyz' }, '32 hex digits'],
  ]
  test.for(wrong)('with %s are refused', async ([, change, says]) => {
    const { status, body } = await sendJson('/v1/scores', { scores: [{ ...refund, ...change }] })
    expect(status).toBe(422)
    expect(JSON.stringify(body)).toContain(says.replaceAll('"', String.raw`\"`))
  })

  test('of an agent that is not configured are refused', async () => {
    expect(await sendJson('/v1/scores', { scores: [{ ...refund, agent: 'nobody' }] })).toMatchObject({ status: 404 })
  })
})

describe('changes that no span shows', () => {
  const change = {
    agent: 'triage',
    kind: 'data',
    value: 'kb-12',
    at: new Date(MONDAY - 3 * DAY).toISOString(),
    by: 'ada',
  }

  test('are kept once, with a time that may lie in the past', async () => {
    expect((await sendJson('/v1/changes', change)).status).toBe(201)
    expect((await sendJson('/v1/changes', change)).status).toBe(200)
    expect(await announcedChanges(store.db, 'triage', { since: 0, limit: 10 })).toMatchObject([
      { kind: 'data', value: 'kb-12', at: MONDAY - 3 * DAY, by: 'ada', link: null },
    ])
  })

  test('of an unknown kind, or with a link that a browser would run, are refused', async () => {
    expect((await sendJson('/v1/changes', { ...change, kind: 'weather' })).status).toBe(422)
    expect((await sendJson('/v1/changes', { ...change, link: 'javascript:alert(1)' })).status).toBe(422)
  })
})
