import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Service } from '../../src/service.ts'
import { serviceOnDisk, type ServiceOnDisk } from './service-on-disk.ts'

const MEGABYTE = 1024 * 1024
const PROTOBUF = { 'content-type': 'application/x-protobuf' }

let disk: ServiceOnDisk
let service: Service
let url: string
beforeAll(async () => {
  disk = serviceOnDisk()
  disk.now = Date.now()
  service = await disk.open()
  url = (await service.start()).url
})
afterAll(() => disk.remove())

describe('a body that cannot be read', () => {
  test.each([
    ['truncated JSON', '{"resourceSpans":[{"scopeSpans":[', {}, 400, 'body_malformed', 'malformed'],
    ['JSON of wrong types', '{"resourceSpans":7}', {}, 400, 'body_malformed', 'malformed'],
    ['truncated protobuf', Uint8Array.of(10, 200, 1, 3), PROTOBUF, 400, 'body_malformed', 'malformed'],
    ['a wrong content type', 'hello', { 'content-type': 'text/plain' }, 415, 'content_type_unsupported', 'unsupported'],
    ['an unknown encoding', '{}', { 'content-encoding': 'br' }, 415, 'content_encoding_unsupported', 'unsupported'],
    ['50 MB', Buffer.alloc(50 * MEGABYTE, 32), {}, 413, 'body_too_large', 'body_too_large'],
    [
      'a gzip bomb',
      gzipSync(Buffer.alloc(200 * MEGABYTE)),
      { 'content-encoding': 'gzip' },
      413,
      'body_too_large',
      'body_too_large',
    ],
  ] as const)(
    '%s is refused with its reason, the next step and a counter',
    async (_, body, headers, status, code, reason) => {
      const before = await rejectedBy(reason)
      const response = await fetch(`${url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: body as NonNullable<RequestInit['body']>,
      })
      const answer = (await response.json()) as { error: { code: string; message: string; next: string } }
      expect(response.status).toBe(status)
      expect(answer.error.code).toBe(code)
      expect(answer.error.message.length).toBeGreaterThan(10)
      expect(answer.error.next.length).toBeGreaterThan(10)
      expect(await rejectedBy(reason)).toBe(before + 1)
    },
  )
})

describe('a span that cannot be taken', () => {
  test.each([
    [
      'a clock in 1970',
      { startTimeUnixNano: '1000000000', endTimeUnixNano: '2000000000' },
      'clock_in_the_past',
      /1970/u,
    ],
    [
      'a clock in 2100',
      { startTimeUnixNano: '4102444800000000000', endTimeUnixNano: '4102444801000000000' },
      'clock_in_the_future',
      /2100/u,
    ],
    ['an agent that is not configured', { agent: 'stranger' }, 'unknown_agent', /stranger/u],
    ['an attribute of 1 MB', { model: 'm'.repeat(MEGABYTE) }, 'attribute_too_long', /1048576/u],
    ['an id of zeros', { spanId: '0'.repeat(16) }, 'bad_identifier', /span/iu],
  ] as const)(
    'for %s is named in the partial success and counted, and its neighbour is stored',
    async (name, wrong, reason, message) => {
      const before = await rejectedBy(reason)
      const good = { spanId: idFrom(name) }
      const response = await fetch(`${url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(traces([{ spanId: idFrom(`${name} wrong`), ...wrong }, good])),
      })
      expect(response.status).toBe(200)
      const { partialSuccess } = (await response.json()) as {
        partialSuccess: { rejectedSpans: string; errorMessage: string }
      }
      expect(partialSuccess.rejectedSpans).toBe('1')
      expect(partialSuccess.errorMessage).toContain(reason)
      expect(partialSuccess.errorMessage).toMatch(message)
      expect(await rejectedBy(reason)).toBe(before + 1)
      const stored = await Array.fromAsync(service.exportRecords('triage', { from: 0, to: Date.now() + 86_400_000 }))
      expect(stored.some((line) => line.includes(good.spanId))).toBe(true)
    },
  )

  test('that comes twice is stored once, in one request and in two', async () => {
    const span = { spanId: idFrom('twice') }
    for (const spans of [[span, span], [span]])
      await fetch(`${url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(traces(spans)),
      })
    const stored = await Array.fromAsync(service.exportRecords('triage', { from: 0, to: Date.now() + 86_400_000 }))
    expect(stored.filter((line) => line.includes(span.spanId))).toHaveLength(1)
  })
})

describe('more agents than the limit', () => {
  test('are refused by name, whether they come in one request or in many, and take no memory', async () => {
    const small = serviceOnDisk({ limits: { agents: 3 }, agents: { '*': {} } })
    small.now = Date.now()
    const limited = await small.open()
    const { url: address } = await limited.start()
    const send = async (agents: readonly string[]): Promise<{ partialSuccess?: { rejectedSpans: string } }> => {
      const spans = agents.map((agent) => ({ spanId: idFrom(`limit ${agent}`), agent }))
      const response = await fetch(`${address}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(traces(spans)),
      })
      return (await response.json()) as { partialSuccess?: { rejectedSpans: string } }
    }
    const many = Array.from({ length: 100 }, (_, i) => `agent-${i}`)
    expect((await send(many)).partialSuccess?.rejectedSpans).toBe('97')
    expect((await send(many)).partialSuccess?.rejectedSpans).toBe('97')
    expect((await limited.listAgents()).map(({ agent }) => agent)).toEqual(['agent-0', 'agent-1', 'agent-2'])
    await small.remove()
  })
})

describe('content that is too long', () => {
  test('is left out of a call that is stored, said to the sender and counted', async () => {
    const before = await rejectedBy('content_too_long')
    const span = { spanId: idFrom('content'), content: 'x'.repeat(MEGABYTE) }
    const response = await fetch(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(traces([span])),
    })
    const { partialSuccess } = (await response.json()) as {
      partialSuccess: { rejectedSpans: string; errorMessage: string }
    }
    expect(partialSuccess).toMatchObject({
      rejectedSpans: '0',
      errorMessage: expect.stringContaining('content_too_long') as string,
    })
    expect(await rejectedBy('content_too_long')).toBe(before + 1)
  })
})

describe('an escalation', () => {
  const escalation = {
    id: '7b0c1f2e-8f57-4a3e-9f4b-0a4f6c1d2e3f',
    agent: 'triage',
    reason: 'validation_failed',
    priority: 'high',
    question: 'Which category?',
    context: {},
    input: 'text',
    output: null,
    traceId: null,
    spanId: null,
    createdAt: '2026-11-24T08:00:00Z',
  }
  const send = (body: unknown): Promise<Response> =>
    fetch(`${url}/v1/escalations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  test('that is delivered twice is one review item', async () => {
    expect((await send(escalation)).status).toBe(201)
    expect((await send(escalation)).status).toBe(200)
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toMatch(/tidemark_review_items\{[^}]*priority="high"[^}]*\} 1/u)
  })

  test('without a reason, or of an agent that is not configured, is refused with the path or the name', async () => {
    const { reason: _, ...incomplete } = escalation
    const response = await send(incomplete)
    expect(response.status).toBe(422)
    expect(JSON.stringify(await response.json())).toMatch(/escalation_invalid.*reason/u)
    const stranger = await send({ ...escalation, agent: 'stranger' })
    expect(stranger.status).toBeGreaterThanOrEqual(400)
    expect(JSON.stringify(await stranger.json())).toMatch(/agent_unknown.*stranger/u)
  })
})

/** Everything refused for a reason so far, over all agents. */
async function rejectedBy(reason: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('tidemark_ingest_rejected_total{') && line.includes(`reason="${reason}"`))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

let count = 0
const ids = new Map<string, string>()
function idFrom(name: string): string {
  const id = ids.get(name) ?? (++count).toString(16).padStart(16, 'a')
  ids.set(name, id)
  return id
}

type Span = {
  spanId: string
  agent?: string
  model?: string
  content?: string
  startTimeUnixNano?: string
  endTimeUnixNano?: string
}

function traces(spans: readonly Span[]): unknown {
  const now = BigInt(Date.now()) * 1_000_000n
  return {
    resourceSpans: [
      {
        resource: { attributes: [] },
        scopeSpans: [
          {
            scope: { name: 'test' },
            spans: spans.map(({ spanId, agent = 'triage', model = 'm-4', content, ...times }) => ({
              traceId: spanId.padStart(32, 'b'),
              spanId,
              name: 'chat',
              kind: 3,
              startTimeUnixNano: String(now),
              endTimeUnixNano: String(now + 500_000_000n),
              ...times,
              attributes: [
                { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
                { key: 'gen_ai.agent.name', value: { stringValue: agent } },
                { key: 'gen_ai.request.model', value: { stringValue: model } },
                ...(content === undefined ? [] : [{ key: 'gen_ai.output.messages', value: { stringValue: content } }]),
              ],
            })),
          },
        ],
      },
    ],
  }
}
