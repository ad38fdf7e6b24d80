import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { TidemarkError } from '../../src/domain/errors.ts'
import { REJECTION_REASONS } from '../../src/domain/records.ts'
import { decodeTraces } from '../../src/ingest/decode-traces.ts'
import { DEFAULT_INGEST_LIMITS } from '../../src/ingest/limits.ts'
import { readSpans } from '../../src/ingest/read-spans.ts'
import { recordedSpans, serialise, STARTED_AT } from './recorded-spans.ts'

const limits = { ...DEFAULT_INGEST_LIMITS, bodyBytes: 64 * 1024, inflatedBytes: 256 * 1024, spansPerRequest: 50 }
const { protobuf, json } = serialise(recordedSpans())
const PROTOBUF = 'application/x-protobuf'
const JSON_TYPE = 'application/json'

/** Takes a body as the service does. What is wrong with it has to be said by one of the known errors, or span by span. */
function ingest(body: Uint8Array, contentType: string, contentEncoding = ''): 'refused' | 'read' {
  let decoded
  try {
    decoded = decodeTraces(body, { contentType, contentEncoding }, limits)
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error
    expect(['body_malformed', 'body_too_large']).toContain(error.code)
    expect(error.message.length).toBeLessThan(1000)
    return 'refused'
  }
  const result = readSpans(decoded, {
    now: STARTED_AT + 60_000,
    retentionMilliseconds: 400 * 86_400_000,
    futureSkewMilliseconds: 3_600_000,
    knownAgents: (name) => (name.length % 2 === 0 ? 'known' : 'unknown'),
    limits,
  })
  const { calls, validations, decisions } = result.batch
  const records = [...calls, ...validations, ...decisions]
  const spans = decoded.resourceSpans.reduce((sum, { spans }) => sum + spans.length, 0)
  expect(records.length + result.duplicates + result.ignored + result.rejections.length).toBe(spans)
  for (const { traceId, spanId, agent } of records) {
    expect(`${traceId}${spanId}`).toMatch(/^[0-9a-f]{48}$/u)
    expect(agent).not.toBe('')
  }
  for (const { latencySeconds, startedAt, inputTokens } of calls) {
    expect(latencySeconds).toBeGreaterThanOrEqual(0)
    expect(Number.isSafeInteger(startedAt)).toBe(true)
    expect(inputTokens === null || Number.isSafeInteger(inputTokens)).toBe(true)
  }
  for (const { reason, message } of result.rejections) {
    expect(REJECTION_REASONS).toContain(reason)
    expect(message.length).toBeLessThan(1000)
  }
  return 'read'
}

type Edit = { readonly at: number; readonly remove: number; readonly insert: Uint8Array }

const edits = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat({ max: 40 }),
    insert: fc.uint8Array({ maxLength: 8 }),
  }),
  { minLength: 1, maxLength: 4 },
)

function edited(body: Uint8Array, changes: readonly Edit[]): Uint8Array {
  return changes.reduce<Uint8Array>((bytes, { at, remove, insert }) => {
    const offset = Math.floor(at * bytes.length)
    return Buffer.concat([bytes.subarray(0, offset), insert, bytes.subarray(offset + remove)])
  }, body)
}

/** The JSON of a real request with the value at one place, counted in document order, replaced. */
function replaced(value: unknown, target: { place: number }, by: unknown): unknown {
  if (target.place-- === 0) return by
  if (Array.isArray(value)) return value.map((entry) => replaced(entry, target, by))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, replaced(entry, target, by)]))
}

test('random bytes are refused or read, in every encoding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom('', 'gzip'), (bytes, contentEncoding) => {
      ingest(bytes, PROTOBUF, contentEncoding)
      ingest(bytes, JSON_TYPE, contentEncoding)
      ingest(gzipSync(bytes), PROTOBUF, 'gzip')
    }),
    { numRuns: 5000 },
  )
})

test('a real protobuf request with some bytes changed, cut or added is refused or read', () => {
  const seen = { refused: 0, read: 0 }
  fc.assert(
    fc.property(edits, (changes) => {
      seen[ingest(edited(protobuf, changes), PROTOBUF)] += 1
    }),
    { numRuns: 20_000 },
  )
  expect(Math.min(seen.refused, seen.read)).toBeGreaterThan(500)
})

test('a real protobuf request with single bytes changed is refused or read', () => {
  const seen = { refused: 0, read: 0 }
  for (let at = 0; at < protobuf.length; at += 1) {
    for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
      const body = Uint8Array.from(protobuf)
      body[at] = byte
      seen[ingest(body, PROTOBUF)] += 1
    }
  }
  expect(Math.min(seen.refused, seen.read)).toBeGreaterThan(500)
})

test('a real JSON request with some bytes changed, cut or added is refused or read', () => {
  fc.assert(
    fc.property(edits, (changes) => {
      ingest(edited(json, changes), JSON_TYPE)
    }),
    { numRuns: 10_000 },
  )
})

test('a real JSON request with any of its values replaced by any other is refused or read', () => {
  const request: unknown = JSON.parse(Buffer.from(json).toString())
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(-1, 2 ** 64, '9'.repeat(40), '\0', '\uD800', [[]], { values: 1 }),
  )
  const seen = { refused: 0, read: 0 }
  fc.assert(
    fc.property(fc.nat({ max: 600 }), anything, (place, value) => {
      seen[ingest(Buffer.from(JSON.stringify(replaced(request, { place }, value))), JSON_TYPE)] += 1
    }),
    { numRuns: 10_000 },
  )
  expect(seen.read).toBeGreaterThan(1000)
})

test('a gzip stream with some bytes changed is refused or read', () => {
  const zipped = gzipSync(protobuf)
  fc.assert(
    fc.property(edits, (changes) => {
      ingest(edited(zipped, changes), PROTOBUF, 'gzip')
    }),
    { numRuns: 5000 },
  )
})

test('a gzip bomb of 64 MiB brackets costs no gigabytes', () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, '['))
  expect(bomb.length).toBeLessThan(100_000)
  const before = process.memoryUsage().rss
  for (let round = 0; round < 3; round += 1) {
    expect(() =>
      decodeTraces(bomb, { contentType: JSON_TYPE, contentEncoding: 'gzip' }, DEFAULT_INGEST_LIMITS),
    ).toThrow('nests JSON deeper than 128 levels')
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(600_000_000)
})
