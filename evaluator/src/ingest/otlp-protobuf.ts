import protobuf from 'protobufjs/minimal.js'
import { TidemarkError } from '../domain/errors.ts'
import {
  type AttributeValue,
  type DecodedResourceSpans,
  type DecodedSpan,
  MAXIMUM_VALUE_DEPTH,
} from './decoded-traces.ts'
import { type ByteNames, byteNames, nameAt } from './byte-names.ts'
import { READ_EVENT_ATTRIBUTES, READ_RESOURCE_ATTRIBUTES, READ_SPAN_ATTRIBUTES } from './dialect.ts'
import type { SpanBudget } from './span-budget.ts'

type Reader = protobuf.Reader

const VARINT = 0
const FIXED64 = 1
const BYTES = 2

/** A tag of the wire format: field number and wire type. */
const tag = (field: number, wireType: number) => (field << 3) | wireType

/**
 * Field numbers of opentelemetry-proto 1.x, of the fields that are read; every other field is skipped unread. Requests for
 * traces and for logs are the same down to their items.
 */
const REQUEST = { resources: tag(1, BYTES) } as const
const RESOURCES = { resource: tag(1, BYTES), scopes: tag(2, BYTES) } as const
const RESOURCE = { attributes: tag(1, BYTES) } as const
const SCOPE = { items: tag(2, BYTES) } as const
const LOG_RECORD = {
  timeUnixNano: tag(1, FIXED64),
  attributes: tag(6, BYTES),
  traceId: tag(9, BYTES),
  spanId: tag(10, BYTES),
  observedTimeUnixNano: tag(11, FIXED64),
  eventName: tag(12, BYTES),
} as const
const SPAN = {
  traceId: tag(1, BYTES),
  spanId: tag(2, BYTES),
  parentSpanId: tag(4, BYTES),
  name: tag(5, BYTES),
  startTimeUnixNano: tag(7, FIXED64),
  endTimeUnixNano: tag(8, FIXED64),
  attributes: tag(9, BYTES),
  status: tag(15, BYTES),
} as const
const STATUS = { code: tag(3, VARINT) } as const
const STATUS_CODE_ERROR = 2
const KEY_VALUE = { key: tag(1, BYTES), value: tag(2, BYTES) } as const
const ANY_VALUE = {
  string: tag(1, BYTES),
  bool: tag(2, VARINT),
  int: tag(3, VARINT),
  double: tag(4, FIXED64),
  array: tag(5, BYTES),
  list: tag(6, BYTES),
} as const
const VALUES = tag(1, BYTES)

const SPAN_NAMES = byteNames(READ_SPAN_ATTRIBUTES)
const EVENT_NAMES = byteNames(READ_EVENT_ATTRIBUTES)
const RESOURCE_NAMES = byteNames(READ_RESOURCE_ATTRIBUTES)

type ReadItem = (reader: Reader, end: number) => DecodedSpan
const SIGNALS: Readonly<Record<'traces' | 'logs', ReadItem>> = { traces: readSpan, logs: readLogRecord }

/**
 * ExportTraceServiceRequest or ExportLogsServiceRequest from its wire format, in one pass; log records as spans without
 * length.
 * @throws {TidemarkError} `body_malformed` with the byte where reading broke; whatever `budget` throws
 */
export function decodeProtobuf(
  body: Uint8Array,
  budget: SpanBudget,
  signal: keyof typeof SIGNALS = 'traces',
): readonly DecodedResourceSpans[] {
  const read = SIGNALS[signal]
  const reader = protobuf.Reader.create(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  const resourceSpans: DecodedResourceSpans[] = []
  try {
    while (reader.pos < reader.len) {
      const tag = reader.tag()
      if (tag === REQUEST.resources)
        resourceSpans.push(within(reader, (end) => readResources(reader, end, read, budget)))
      else skip(reader, tag)
    }
  } catch (cause) {
    if (cause instanceof TidemarkError) throw cause
    throw new TidemarkError(
      'body_malformed',
      `The body of ${body.length} bytes is no OTLP ${signal} request in protobuf: it breaks at byte ${reader.pos} (${cause instanceof Error ? cause.message : String(cause)}).`,
      'Send a whole request as an exporter makes it; check that nothing between the exporter and Tidemark cuts or re-encodes the body.',
      { cause },
    )
  }
  return resourceSpans
}

/** Reads a nested message; the reader cannot leave it, whatever lengths it holds. */
function within<Result>(reader: Reader, read: (end: number) => Result): Result {
  const length = reader.uint32()
  const outer = reader.len
  const end = reader.pos + length
  if (end > outer) throw new RangeError(`a message of ${length} bytes has only ${outer - reader.pos}`)
  reader.len = end
  const result = read(end)
  reader.len = outer
  return result
}

function skip(reader: Reader, tag: number): void {
  reader.skipType(tag & 7, 0, tag >>> 3)
}

function readResources(reader: Reader, end: number, read: ReadItem, budget: SpanBudget): DecodedResourceSpans {
  const resource = new Map<string, AttributeValue>()
  const spans: DecodedSpan[] = []
  while (reader.pos < end) {
    const tag = reader.tag()
    if (tag === RESOURCES.scopes) within(reader, (inner) => readScope(reader, inner, { spans, read, budget }))
    else if (tag === RESOURCES.resource) within(reader, (inner) => readResource(reader, inner, resource))
    else skip(reader, tag)
  }
  return { resource, spans }
}

function readResource(reader: Reader, end: number, attributes: Map<string, AttributeValue>): void {
  while (reader.pos < end) {
    const tag = reader.tag()
    if (tag === RESOURCE.attributes) readAttribute(reader, attributes, RESOURCE_NAMES)
    else skip(reader, tag)
  }
}

function readScope(
  reader: Reader,
  end: number,
  { spans, read, budget }: { spans: DecodedSpan[]; read: ReadItem; budget: SpanBudget },
): void {
  while (reader.pos < end) {
    const tag = reader.tag()
    if (tag === SCOPE.items) {
      budget.take()
      spans.push(within(reader, (inner) => read(reader, inner)))
    } else skip(reader, tag)
  }
}

function readSpan(reader: Reader, end: number): DecodedSpan {
  const attributes = new Map<string, AttributeValue>()
  let traceId = ''
  let spanId = ''
  let parentSpanId = ''
  let name = ''
  let startNanoseconds = 0n
  let endNanoseconds = 0n
  let hasErrorStatus = false
  while (reader.pos < end) {
    const tag = reader.tag()
    switch (tag) {
      case SPAN.traceId:
        traceId = readHex(reader)
        break
      case SPAN.spanId:
        spanId = readHex(reader)
        break
      case SPAN.parentSpanId:
        parentSpanId = readHex(reader)
        break
      case SPAN.name:
        name = reader.string()
        break
      case SPAN.startTimeUnixNano:
        startNanoseconds = readFixed64(reader)
        break
      case SPAN.endTimeUnixNano:
        endNanoseconds = readFixed64(reader)
        break
      case SPAN.attributes:
        readAttribute(reader, attributes, SPAN_NAMES)
        break
      case SPAN.status:
        hasErrorStatus = within(reader, (inner) => readStatusCode(reader, inner)) === STATUS_CODE_ERROR
        break
      default:
        skip(reader, tag)
    }
  }
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    startNanoseconds,
    endNanoseconds,
    hasErrorStatus,
    attributes,
    flaw: null,
  }
}

function readLogRecord(reader: Reader, end: number): DecodedSpan {
  const attributes = new Map<string, AttributeValue>()
  let traceId = ''
  let spanId = ''
  let name = ''
  let time = 0n
  let observed = 0n
  while (reader.pos < end) {
    const tag = reader.tag()
    switch (tag) {
      case LOG_RECORD.traceId:
        traceId = readHex(reader)
        break
      case LOG_RECORD.spanId:
        spanId = readHex(reader)
        break
      case LOG_RECORD.eventName:
        name = reader.string()
        break
      case LOG_RECORD.timeUnixNano:
        time = readFixed64(reader)
        break
      case LOG_RECORD.observedTimeUnixNano:
        observed = readFixed64(reader)
        break
      case LOG_RECORD.attributes:
        readAttribute(reader, attributes, EVENT_NAMES)
        break
      default:
        skip(reader, tag)
    }
  }
  const at = time === 0n ? observed : time
  return {
    traceId,
    spanId,
    parentSpanId: '',
    name,
    startNanoseconds: at,
    endNanoseconds: at,
    hasErrorStatus: false,
    attributes,
    flaw: null,
  }
}

function readHex(reader: Reader): string {
  const length = reader.uint32()
  const start = reader.pos
  reader.skip(length)
  return Buffer.from(reader.buf.buffer, reader.buf.byteOffset + start, length).toString('hex')
}

function readFixed64(reader: Reader): bigint {
  const low = reader.fixed32()
  const high = reader.fixed32()
  return (BigInt(high) << 32n) | BigInt(low)
}

function readStatusCode(reader: Reader, end: number): number {
  let code = 0
  while (reader.pos < end) {
    const tag = reader.tag()
    if (tag === STATUS.code) code = reader.int32()
    else skip(reader, tag)
  }
  return code
}

/** One KeyValue. Key and value are decoded only when `wanted` has the key, whichever of the two stands first. */
function readAttribute(reader: Reader, into: Map<string, AttributeValue>, wanted: ByteNames | null, depth = 0): void {
  const end = reader.uint32() + reader.pos
  const outer = reader.len
  if (end > outer) throw new RangeError(`an attribute ends at byte ${end} beyond ${outer}`)
  reader.len = end
  let key: string | undefined = wanted === null ? '' : undefined
  let valueAt = -1
  while (reader.pos < end) {
    const tag = reader.tag()
    if (tag === KEY_VALUE.key) key = wanted === null ? reader.string() : readName(reader, wanted)
    else if (tag === KEY_VALUE.value) {
      valueAt = reader.pos
      reader.skip(reader.uint32())
    } else skip(reader, tag)
  }
  if (valueAt >= 0 && key !== undefined) {
    reader.pos = valueAt
    const value = within(reader, (inner) => readAnyValue(reader, inner, depth))
    if (value !== undefined) into.set(key, value)
    reader.pos = end
  }
  reader.len = outer
}

function readName(reader: Reader, wanted: ByteNames): string | undefined {
  const length = reader.uint32()
  const start = reader.pos
  reader.skip(length)
  return nameAt(wanted, reader.buf, start, length)
}

/** Undefined: empty, of a kind that no record field has (bytes), or nested too deep. */
function readAnyValue(reader: Reader, end: number, depth: number): AttributeValue | undefined {
  let value: AttributeValue | undefined
  while (reader.pos < end) {
    const tag = reader.tag()
    switch (tag) {
      case ANY_VALUE.string:
        value = reader.string()
        break
      case ANY_VALUE.bool:
        value = reader.bool()
        break
      case ANY_VALUE.int:
        value = Number(reader.int64())
        break
      case ANY_VALUE.double:
        value = reader.double()
        break
      case ANY_VALUE.array:
        value =
          depth < MAXIMUM_VALUE_DEPTH ? within(reader, (inner) => readArray(reader, inner, depth + 1)) : skipped(reader)
        break
      case ANY_VALUE.list:
        value =
          depth < MAXIMUM_VALUE_DEPTH ? within(reader, (inner) => readMap(reader, inner, depth + 1)) : skipped(reader)
        break
      default:
        skip(reader, tag)
    }
  }
  return value
}

function skipped(reader: Reader): undefined {
  reader.skip(reader.uint32())
}

function readArray(reader: Reader, end: number, depth: number): AttributeValue[] {
  const values: AttributeValue[] = []
  while (reader.pos < end) {
    const tag = reader.tag()
    if (tag === VALUES) values.push(within(reader, (inner) => readAnyValue(reader, inner, depth)) ?? null)
    else skip(reader, tag)
  }
  return values
}

function readMap(reader: Reader, end: number, depth: number): Record<string, AttributeValue> {
  const entries = new Map<string, AttributeValue>()
  while (reader.pos < end) {
    const tag = reader.tag()
    if (tag === VALUES) readAttribute(reader, entries, null, depth)
    else skip(reader, tag)
  }
  return Object.fromEntries(entries)
}
