import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TidemarkError } from '../../src/domain/errors.ts'
import type { Service } from '../../src/service.ts'
import { MONDAY } from '../call-records.ts'
import { heldBytes } from '../held-bytes.ts'
import { parseExposition } from '../http/exposition.ts'
import { serviceOnDisk, type ServiceOnDisk } from '../service/service-on-disk.ts'
import { logsRequest } from './log-records.ts'
import { recordedSpans, serialise } from './recorded-spans.ts'
import { type ExportedBody, exportedBy } from './senders/exported.ts'
import { installSender } from './senders/install-sender.ts'
import { exportedByPython } from './senders/python-agent.ts'

/** A tenth of what is asked for, so that a run takes half a minute; the nightly run says TIDEMARK_MALFORMED=100000. */
const PAYLOADS = Number(process.env['TIDEMARK_MALFORMED'] ?? 10_000)
const SENDERS = ['opentelemetry', 'traceloop-before-messages', 'openinference', 'langfuse', 'ai-sdk-5', 'ai-sdk-7']
/** What a request may be refused with as a whole. */
const REFUSALS = new Set([
  'body_malformed',
  'body_too_large',
  'content_type_unsupported',
  'content_encoding_unsupported',
  'score_invalid',
  'change_invalid',
  'escalation_invalid',
  'agent_unknown',
])
const REFUSED_SERIES = 'tidemark_ingest_rejected_total'

type Sent = { readonly path: 'traces' | 'logs' | 'scores' | 'changes' | 'escalations'; readonly body: ExportedBody }

let disk: ServiceOnDisk
let service: Service
let recorded: readonly Sent[]
const rejections: unknown[] = []
const onRejection = (reason: unknown): void => void rejections.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', onRejection)
  disk = serviceOnDisk({ agents: { '*': {} }, limits: { bodyBytes: 1024 * 1024, inflatedBytes: 4 * 1024 * 1024 } })
  disk.now = Date.now()
  service = await disk.open()
  recorded = await realBodies()
})
afterAll(async () => {
  process.off('unhandledRejection', onRejection)
  await disk.remove()
})

/** What the real packages export, and what our own instrumentation and people send. */
async function realBodies(): Promise<readonly Sent[]> {
  const traces: ExportedBody[] = [...((await exportedByPython(['Where is it?'])) ?? [])]
  for (const sender of SENDERS) {
    const folder = installSender(sender)
    if (folder !== undefined) traces.push(...(await exportedBy(sender, folder)))
  }
  const own = serialise(recordedSpans())
  traces.push(sentAs('application/json', own.json), sentAs('application/x-protobuf', own.protobuf))
  const attributes = { 'gen_ai.evaluation.name': 'tone', 'gen_ai.evaluation.score.value': 0.5 }
  const event = {
    eventName: 'gen_ai.evaluation.result',
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    at: disk.now,
    attributes,
  }
  const logs = logsRequest('parcels', [event, event])
  const json = (value: unknown) => sentAs('application/json', Buffer.from(JSON.stringify(value)))
  const at = new Date(MONDAY).toISOString()
  return [
    ...traces.map((body) => ({ path: 'traces' as const, body })),
    { path: 'logs', body: sentAs('application/json', logs['application/json']) },
    { path: 'logs', body: sentAs('application/x-protobuf', logs['application/x-protobuf']) },
    { path: 'scores', body: json({ scores: [{ agent: 'parcels', name: 'good', value: 1, responseId: 'r', at }] }) },
    {
      path: 'changes',
      body: json({ agent: 'parcels', kind: 'data', value: 'kb-12', at, link: 'https://example.org/1' }),
    },
    {
      path: 'escalations',
      body: json({
        id: '6f1c1b1e-0000-4000-8000-000000000001',
        agent: 'parcels',
        reason: 'policy',
        input: [1, { a: 2 }],
        createdAt: at,
      }),
    },
  ]
}

function sentAs(contentType: string, body: Uint8Array): ExportedBody {
  return { body: Uint8Array.from(body), contentType, contentEncoding: '' }
}

/** A change of a body: bytes cut, added, replaced; a part of another body; a value of its JSON replaced; other headers. */
const change = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('bytes' as const),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.nat({ max: 60 }),
      insert: fc.uint8Array({ maxLength: 12 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('cut' as const), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('splice' as const),
      other: fc.nat(),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('value' as const),
      place: fc.nat({ max: 250 }),
      by: fc.oneof(
        fc.jsonValue(),
        fc.constantFrom(
          -1,
          2 ** 64,
          1e308,
          '9'.repeat(40),
          '\0',
          '\uD800',
          '',
          [[]],
          { values: 1 },
          { stringValue: 'x'.repeat(5000) },
        ),
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), times: fc.integer({ min: 2, max: 40 }) }) },
)
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never
const payload = fc.record({
  source: fc.nat(),
  changes: fc.array(change, { minLength: 1, maxLength: 3 }),
  contentType: fc.oneof(
    { weight: 12, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'application/json',
        'application/x-protobuf',
        'text/plain',
        '',
        'application/json; charset=latin1',
      ),
    },
  ),
  encoding: fc.oneof(
    { weight: 16, arbitrary: fc.constantFrom('', '', 'gzip') },
    { weight: 1, arbitrary: fc.constantFrom('gzip-of-nothing', 'br') },
  ),
})

function changed(body: Uint8Array, made: Change): Uint8Array {
  switch (made.kind) {
    case 'bytes': {
      const offset = Math.floor(made.at * body.length)
      return Buffer.concat([body.subarray(0, offset), made.insert, body.subarray(offset + made.remove)])
    }
    case 'cut':
      return body.subarray(0, Math.floor(made.at * body.length))
    case 'splice': {
      const other = recorded[made.other % recorded.length]?.body.body ?? body
      const half = (bytes: Uint8Array) => Math.floor(made.at * bytes.length)
      return Buffer.concat([body.subarray(0, half(body)), other.subarray(half(other))])
    }
    case 'value':
      return withValue(body, made.place, made.by)
    case 'repeat':
      return Buffer.concat(Array.from({ length: made.times }, () => body))
  }
}

function withValue(body: Uint8Array, place: number, by: unknown): Uint8Array {
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(body).toString())
  } catch {
    return body.subarray(0, place)
  }
  return Buffer.from(JSON.stringify(replaced(json, { place }, by)) ?? '')
}

function replaced(value: unknown, target: { place: number }, by: unknown): unknown {
  if (target.place-- === 0) return by
  if (Array.isArray(value)) return value.map((entry) => replaced(entry, target, by))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, replaced(entry, target, by)]))
}

/** Sends a payload as the HTTP layer does; what it was answered. */
async function send({ path, body: { body, contentType, contentEncoding } }: Sent): Promise<'taken' | 'refused'> {
  try {
    const mayWrite = () => true
    if (path === 'traces' || path === 'logs') {
      const request = { body, contentType, contentEncoding }
      const answer = path === 'traces' ? service.ingestTraces(request, mayWrite) : service.ingestLogs(request, mayWrite)
      expect((await answer).body.length).toBeLessThan(100_000)
      return 'taken'
    }
    let json: unknown
    try {
      json = JSON.parse(Buffer.from(body).toString())
    } catch {
      return 'refused'
    }
    if (path === 'scores') await service.acceptScores(json, mayWrite)
    else if (path === 'changes') await service.acceptChange(json, mayWrite)
    else await service.acceptEscalation(json, mayWrite)
    return 'taken'
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error
    expect(REFUSALS).toContain(error.code)
    expect(error.message.length).toBeLessThan(3000)
    expect(error.next).not.toBe('')
    service.countRefusedBody(error)
    return 'refused'
  }
}

test(
  `${PAYLOADS} payloads, changed from what the real packages send: no crash, flat memory, each refusal with its reason`,
  { timeout: 60_000 + PAYLOADS * 20 },
  async () => {
    const seen = { taken: 0, refused: 0 }
    const held: number[] = []
    const startedAt = performance.now()
    await fc.assert(
      fc.asyncProperty(payload, async ({ source, changes, contentType, encoding }) => {
        const { path, body: sent } = recorded[source % recorded.length] ?? {
          path: 'traces',
          body: sentAs('', Buffer.of()),
        }
        const mutated = changes.reduce<Uint8Array>(changed, sent.body)
        const packed = encoding === 'gzip' ? gzipSync(mutated) : mutated
        seen[
          await send({
            path,
            body: {
              body: Uint8Array.from(packed),
              contentType: contentType ?? sent.contentType,
              contentEncoding: encoding === 'gzip-of-nothing' ? 'gzip' : encoding,
            },
          })
        ] += 1
        const total = seen.taken + seen.refused
        if (total % (PAYLOADS / 10) === 0) held.push(await heldBytes())
      }),
      { numRuns: PAYLOADS, endOnFailure: true },
    )
    const seconds = (performance.now() - startedAt) / 1000
    console.log(
      `${PAYLOADS} payloads in ${seconds.toFixed(1)} s: ${seen.taken} taken, ${seen.refused} refused; held ${held.map((bytes) => `${(bytes / 1e6).toFixed(0)} MB`).join(', ')}`,
    )
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(PAYLOADS / 20)
    // what is held at one moment swings with what was sent last; a leak lifts the lowest point
    expect(Math.min(...held.slice(-4)) - Math.min(...held.slice(0, 4))).toBeLessThan(16 * 1024 * 1024)
    // a change of chance seldom hits an identifier
    const named = Buffer.from(serialise(recordedSpans()).json)
      .toString()
      .replace(/"traceId":"[0-9a-f]+"/u, '"traceId":"zz"')
    await send({ path: 'traces', body: sentAs('application/json', Buffer.from(named)) })
    expect(rejections).toEqual([])
    const reasons = new Set(
      parseExposition((await service.metrics()).body)
        .samples.filter(({ name, value }) => name === REFUSED_SERIES && value > 0)
        .map(({ labels }) => labels['reason']),
    )
    for (const reason of ['malformed', 'unsupported', 'bad_identifier', 'bad_value']) expect(reasons).toContain(reason)
  },
)
