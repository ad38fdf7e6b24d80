import { isUtf8 } from 'node:buffer'
import { TidemarkError } from '../domain/errors.ts'
import { abbreviate } from './abbreviate.ts'
import {
  type AttributeValue,
  type DecodedResourceSpans,
  type DecodedSpan,
  MAXIMUM_VALUE_DEPTH,
} from './decoded-traces.ts'
import { READ_EVENT_ATTRIBUTES, READ_RESOURCE_ATTRIBUTES, READ_SPAN_ATTRIBUTES } from './dialect.ts'
import { isObject, type JsonObject } from './json-object.ts'
import { refuseBloatedJson } from './json-size.ts'
import type { SpanBudget } from './span-budget.ts'

/** The two requests have one structure under different names. */
const SIGNALS = {
  traces: {
    resources: 'resourceSpans',
    snake: 'resource_spans',
    scopes: 'scopeSpans',
    items: 'spans',
    read: decodeSpan,
  },
  logs: {
    resources: 'resourceLogs',
    snake: 'resource_logs',
    scopes: 'scopeLogs',
    items: 'logRecords',
    read: decodeEvent,
  },
} as const
type Signal = keyof typeof SIGNALS

/** Above this a JSON number has lost digits; nanoseconds since the epoch are, so only their microseconds are true. */
const EXACT = Number.MAX_SAFE_INTEGER
const MAXIMUM_NANOSECONDS = 2n ** 64n - 1n

/**
 * ExportTraceServiceRequest or ExportLogsServiceRequest from OTLP's JSON, log records as spans without length. A structure that is wrong above the spans refuses the body; a span that is
 * wrong carries its flaw, so that its neighbours are kept.
 * @throws {TidemarkError} `body_malformed` naming the position or the path; whatever `budget` throws
 */
export function decodeJson(
  body: Uint8Array,
  budget: SpanBudget,
  signal: Signal = 'traces',
): readonly DecodedResourceSpans[] {
  const { resources, snake } = SIGNALS[signal]
  try {
    const request = objectAt(parse(body), 'the body')
    if (request[resources] === undefined && request[snake] !== undefined)
      throw malformed(`the body has the key ${snake}, not ${resources}`)
    return arrayAt(request[resources], resources).map((entry, index) =>
      decodeResource(entry, `${resources}[${index}]`, signal, budget),
    )
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    throw new TidemarkError(
      'body_malformed',
      `The body is no OTLP ${signal} request in JSON: ${error.message}.`,
      `Send OTLP/HTTP JSON: lowerCamelCase keys, ids in hex, {"${resources}":[…]}.`,
      { cause: error.cause },
    )
  }
}

function parse(body: Uint8Array): unknown {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  refuseBloatedJson(buffer)
  if (!isUtf8(buffer)) throw malformed(`the body is not UTF-8 from byte ${firstByteThatIsNotUtf8(buffer)}`)
  const text = buffer.toString('utf8')
  try {
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text)
  } catch (cause) {
    throw malformed(
      `of ${body.length} bytes the parser says: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    )
  }
}

function firstByteThatIsNotUtf8(buffer: Buffer): number {
  const replaced = Buffer.from(buffer.toString('utf8'))
  return buffer.findIndex((byte, index) => byte !== replaced[index])
}

function decodeResource(value: unknown, path: string, signal: Signal, budget: SpanBudget): DecodedResourceSpans {
  const { scopes, items, read } = SIGNALS[signal]
  const entry = objectAt(value, path)
  const resource = new Map<string, AttributeValue>()
  const attributes = objectAt(entry['resource'] ?? {}, `${path}.resource`)['attributes']
  const flaw = readAttributes(attributes, resource, READ_RESOURCE_ATTRIBUTES)
  if (flaw !== null) throw malformed(`${path}.resource.${flaw}`)
  const spans: DecodedSpan[] = []
  for (const [index, scope] of arrayAt(entry[scopes], `${path}.${scopes}`).entries()) {
    const scopePath = `${path}.${scopes}[${index}]`
    for (const item of arrayAt(objectAt(scope, scopePath)[items], `${scopePath}.${items}`)) {
      budget.take()
      spans.push(read(item))
    }
  }
  return { resource, spans }
}

function decodeSpan(value: unknown): DecodedSpan {
  return decodeItem(value, 'span', READ_SPAN_ATTRIBUTES)
}

/** A log record: its event name as name, its time, else when it was observed, as start and end. */
function decodeEvent(value: unknown): DecodedSpan {
  const { timeUnixNano, observedTimeUnixNano, eventName, ...rest } = isObject(value) ? value : {}
  const time =
    timeUnixNano === undefined || timeUnixNano === 0 || timeUnixNano === '0' ? observedTimeUnixNano : timeUnixNano
  const event = { ...rest, name: eventName, startTimeUnixNano: time, endTimeUnixNano: time, status: undefined }
  return decodeItem(isObject(value) ? event : value, 'log record', READ_EVENT_ATTRIBUTES)
}

function decodeItem(value: unknown, what: string, wanted: ReadonlySet<string>): DecodedSpan {
  const attributes = new Map<string, AttributeValue>()
  const span = isObject(value) ? value : {}
  let flaw = isObject(value) ? null : `the ${what} is ${abbreviate(value)}, not an object`
  flaw ??= readAttributes(span['attributes'], attributes, wanted)
  const text = (key: string): string => {
    const entry = span[key] ?? ''
    if (typeof entry === 'string') return entry
    flaw ??= `${key} is ${abbreviate(entry)}, not a string`
    return ''
  }
  const nanoseconds = (key: string): bigint => {
    const read = readNanoseconds(span[key] ?? 0)
    if (read !== undefined) return read
    flaw ??= `${key} is ${abbreviate(span[key])}, not an integer of nanoseconds since 1970`
    return 0n
  }
  const status = span['status'] ?? {}
  if (!isObject(status)) flaw ??= `status is ${abbreviate(status)}, not an object`
  const code = isObject(status) ? status['code'] : undefined
  return {
    traceId: text('traceId').toLowerCase(),
    spanId: text('spanId').toLowerCase(),
    parentSpanId: text('parentSpanId').toLowerCase(),
    name: text('name'),
    startNanoseconds: nanoseconds('startTimeUnixNano'),
    endNanoseconds: nanoseconds('endTimeUnixNano'),
    hasErrorStatus: code === 2 || code === 'STATUS_CODE_ERROR',
    attributes,
    flaw,
  }
}

/** A 64-bit integer as JSON has it: a string of digits, or a number, of which a large one is true to the microsecond. */
function readNanoseconds(value: unknown): bigint | undefined {
  if (typeof value === 'string') {
    if (!/^\d{1,20}$/u.test(value)) return undefined
    const nanoseconds = BigInt(value)
    return nanoseconds <= MAXIMUM_NANOSECONDS ? nanoseconds : undefined
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= 2 ** 64) return undefined
  return value <= EXACT ? BigInt(value) : BigInt(Math.round(value / 1000)) * 1000n
}

/** @returns what is wrong with the list, as a sentence, else null */
function readAttributes(value: unknown, into: Map<string, AttributeValue>, wanted: ReadonlySet<string>): string | null {
  if (value === undefined || value === null) return null
  if (!Array.isArray(value)) return `attributes is ${abbreviate(value)}, not an array of {"key","value"}`
  for (const entry of value) {
    if (!isObject(entry) || typeof entry['key'] !== 'string')
      return `attributes holds ${abbreviate(entry)}, not {"key":"…","value":{…}}`
    if (!wanted.has(entry['key'])) continue
    const attribute = readAnyValue(entry['value'], 0)
    if (attribute !== undefined) into.set(entry['key'], attribute)
  }
  return null
}

/** Undefined: empty, of a kind that no record field has (bytes), wrong, or nested too deep. */
function readAnyValue(value: unknown, depth: number): AttributeValue | undefined {
  if (!isObject(value)) return undefined
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue } = value
  if (typeof stringValue === 'string') return stringValue
  if (typeof boolValue === 'boolean') return boolValue
  if (intValue !== undefined) return readInteger(intValue)
  if (doubleValue !== undefined) return readDouble(doubleValue)
  if (depth >= MAXIMUM_VALUE_DEPTH) return undefined
  if (isObject(arrayValue)) return valuesOf(arrayValue).map((entry) => readAnyValue(entry, depth + 1) ?? null)
  if (isObject(kvlistValue)) return readMap(kvlistValue, depth + 1)
  return undefined
}

function readInteger(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined
  return typeof value === 'string' && /^-?\d{1,19}$/u.test(value) ? Number(value) : undefined
}

function readDouble(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const number = Number(value)
  return Number.isNaN(number) && value !== 'NaN' ? undefined : number
}

function readMap(value: JsonObject, depth: number): Record<string, AttributeValue> {
  const entries = new Map<string, AttributeValue>()
  for (const entry of valuesOf(value)) {
    if (!isObject(entry) || typeof entry['key'] !== 'string') continue
    const attribute = readAnyValue(entry['value'], depth)
    if (attribute !== undefined) entries.set(entry['key'], attribute)
  }
  return Object.fromEntries(entries)
}

function valuesOf(value: JsonObject): readonly unknown[] {
  return Array.isArray(value['values']) ? value['values'] : []
}

function objectAt(value: unknown, path: string): JsonObject {
  if (isObject(value)) return value
  throw malformed(`${path} is ${abbreviate(value)}, not an object`)
}

/** Proto3 JSON leaves an empty list out, or writes null. */
function arrayAt(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  throw malformed(`${path} is ${abbreviate(value)}, not an array`)
}

/** What is wrong, before it is known which request it is in. */
class Malformed extends Error {}

function malformed(what: string, cause?: unknown): Malformed {
  return new Malformed(what, { cause })
}
