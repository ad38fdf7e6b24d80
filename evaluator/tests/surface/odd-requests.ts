import { gzipSync } from 'node:zlib'
import { documentedRequest, type DocumentedOperation } from './documented-request.ts'

const ODD_TEXTS = [
  '',
  '\0',
  '../../etc/passwd',
  '%00',
  '%ED%A0%80',
  '\u202E',
  '💥'.repeat(40),
  'a'.repeat(5000),
  'constructor',
  '__proto__',
  'triage',
  "' or 1=1 --",
  '<script>alert(1)</script>',
  '-1',
  '1e309',
  '9'.repeat(30),
  '2026-13-45T99:99:99Z',
  'NaN',
]
const ODD_VALUES: readonly unknown[] = [null, true, -1, 0, 1e308, 1.5, [], {}, [[[]]], { __proto__: 1 }, ...ODD_TEXTS]
const CONTENT_TYPES = [
  'application/json',
  'application/x-protobuf',
  'text/plain',
  'application/json; charset=x',
  '',
  'a/b',
]
const ENCODINGS = ['identity', 'gzip', 'br', 'gzip, gzip', '']
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']

/** Numbers from 0 to below 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A request to a documented route that differs from a good one in one or several ways. */
export function oddRequest(operation: DocumentedOperation, random: () => number, now: number): Request {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const chance = (share: number): boolean => random() < share
  const agent = chance(0.5) ? 'triage' : pick(ODD_TEXTS).replaceAll('"', '')
  const { path, init } = documentedRequest(operation, {
    agent: safeAgent(agent),
    idOf: () => safeAgent(pick(ODD_TEXTS)),
    now,
  })
  const method = chance(0.95) ? (init.method ?? 'GET') : pick(METHODS)
  const url = new URL(`http://127.0.0.1${path}`)
  if (chance(0.3)) url.searchParams.append(pick(['slot', 'limit', 'agent', 'x', '__proto__']), pick(ODD_TEXTS))
  const headers = new Headers()
  headers.set('content-type', chance(0.8) ? 'application/json' : pick(CONTENT_TYPES))
  if (chance(0.2)) headers.set('content-encoding', pick(ENCODINGS))
  if (chance(0.1)) headers.set('content-length', pick(['0', '-1', '99999999999', 'x']))
  if (chance(0.1))
    headers.set('authorization', pick(['Bearer', 'Basic !!!', 'Basic OjpA', `Bearer ${'x'.repeat(900)}`]))
  if (chance(0.1)) headers.set('accept', 'text/html')
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? oddBody(typeof init.body === 'string' ? init.body : '{}', random, pick) : null
  return new Request(url, { method, headers, body })
}

function oddBody(
  good: string,
  random: () => number,
  pick: <Item>(items: readonly Item[]) => Item,
): string | Uint8Array<ArrayBuffer> {
  const kind = random()
  if (kind < 0.55) return JSON.stringify(mutated(JSON.parse(good), random, pick))
  if (kind < 0.65) return good.slice(0, Math.floor(random() * good.length))
  if (kind < 0.75) return bytes(random, 200)
  if (kind < 0.8) return new Uint8Array(gzipSync(good))
  if (kind < 0.85) return '['.repeat(Math.floor(random() * 20_000))
  if (kind < 0.9) return JSON.stringify(pick(ODD_VALUES)) ?? ''
  return good
}

/** The value with one of its parts replaced, doubled or taken away. */
function mutated(value: unknown, random: () => number, pick: <Item>(items: readonly Item[]) => Item): unknown {
  if (random() < 0.12) return pick(ODD_VALUES)
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => mutated(item, random, pick))
    return random() < 0.1 ? [...items, ...items] : items
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(() => random() > 0.05)
  const changed = entries.map(([key, child]): [string, unknown] => [
    random() < 0.03 ? pick(ODD_TEXTS) : key,
    mutated(child, random, pick),
  ])
  return Object.fromEntries(changed)
}

function bytes(random: () => number, most: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: Math.floor(random() * most) }, () => Math.floor(random() * 256))
}

/** What may stand in the JSON of an example and in an address alike. */
function safeAgent(text: string): string {
  return JSON.stringify(text.toWellFormed()).slice(1, -1)
}
