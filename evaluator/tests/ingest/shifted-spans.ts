import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import protobuf from 'protobufjs/minimal.js'
import type { ExportedBody } from './senders/exported.ts'

/**
 * A recorded request as if it had been made at another time: every span moved by so many milliseconds, with ids of its
 * own; all else byte for byte as the exporter wrote it.
 */
export function shiftedSpans(sent: ExportedBody, milliseconds: number): ExportedBody {
  const body = sent.contentEncoding === 'gzip' ? gunzipSync(sent.body) : sent.body
  const isJson = sent.contentType.includes('json')
  return {
    ...sent,
    contentEncoding: '',
    body: isJson ? shiftJson(body, milliseconds) : shiftProtobuf(body, milliseconds),
  }
}

function shiftJson(body: Uint8Array, milliseconds: number): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(body)
    .toString()
    .replaceAll(
      /"((?:parentS|s)panId|traceId)":"([0-9a-f]+)"/gu,
      (_, name: string, id: string) => `"${name}":"${otherId(id, milliseconds)}"`,
    )
    .replaceAll(
      /"(startTimeUnixNano|endTimeUnixNano|timeUnixNano)":"(\d+)"/gu,
      (_, name: string, time: string) => `"${name}":"${BigInt(time) + nanoseconds(milliseconds)}"`,
    )
  return Uint8Array.from(Buffer.from(text))
}

/** Ids and times have fixed lengths, so they are overwritten where they stand. */
function shiftProtobuf(body: Uint8Array, milliseconds: number): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(body)
  const view = new DataView(bytes.buffer)
  const reader = protobuf.Reader.create(Buffer.from(bytes.buffer))
  inside(reader, reader.len, RESOURCE_SPANS, (end) =>
    inside(reader, end, SCOPE_SPANS, (inner) =>
      inside(reader, inner, SPANS, (last) => {
        while (reader.pos < last) {
          const tag = reader.uint32()
          if (IDS.has(tag)) {
            const length = reader.uint32()
            const id = Buffer.from(bytes.subarray(reader.pos, reader.pos + length)).toString('hex')
            bytes.set(Buffer.from(otherId(id, milliseconds), 'hex'), reader.pos)
            reader.skip(length)
          } else if (TIMES.has(tag)) {
            view.setBigUint64(reader.pos, view.getBigUint64(reader.pos, true) + nanoseconds(milliseconds), true)
            reader.skip(8)
          } else reader.skipType(tag & 7)
        }
      }),
    ),
  )
  return bytes
}

const tag = (field: number, wireType: number) => (field << 3) | wireType
const RESOURCE_SPANS = tag(1, 2)
const SCOPE_SPANS = tag(2, 2)
const SPANS = tag(2, 2)
/** Trace, span and parent. */
const IDS = new Set([tag(1, 2), tag(2, 2), tag(4, 2)])
const TIMES = new Set([tag(7, 1), tag(8, 1)])

function inside(reader: protobuf.Reader, end: number, wanted: number, visit: (end: number) => void): void {
  while (reader.pos < end) {
    const found = reader.uint32()
    if (found === wanted) {
      const length = reader.uint32()
      visit(reader.pos + length)
    } else reader.skipType(found & 7)
  }
}

function otherId(id: string, milliseconds: number): string {
  return id === '' ? '' : createHash('sha256').update(`${id} ${milliseconds}`).digest('hex').slice(0, id.length)
}

function nanoseconds(milliseconds: number): bigint {
  return BigInt(milliseconds) * 1_000_000n
}
