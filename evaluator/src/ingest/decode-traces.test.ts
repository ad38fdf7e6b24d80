import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { recordedSpans, serialise } from '../../tests/ingest/recorded-spans.ts'
import { TidemarkError } from '../domain/errors.ts'
import { decodeTraces } from './decode-traces.ts'
import { DEFAULT_INGEST_LIMITS } from './limits.ts'

const PROTOBUF = { contentType: 'application/x-protobuf', contentEncoding: undefined }
const JSON_TYPE = { contentType: 'application/json', contentEncoding: undefined }
const limits = DEFAULT_INGEST_LIMITS
const { protobuf, json } = serialise(recordedSpans())

function refusal(run: () => unknown): TidemarkError {
  try {
    run()
  } catch (error) {
    if (error instanceof TidemarkError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

const decodeJsonText = (text: string) => decodeTraces(Buffer.from(text), JSON_TYPE, limits)
const spansOf = (body: Uint8Array, headers: typeof PROTOBUF) =>
  decodeTraces(body, headers, limits).resourceSpans.flatMap(({ spans }) => spans)

const span = (fields: object) =>
  decodeJsonText(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [fields] }] }] })).resourceSpans[0]?.spans[0]
const message = (field: number, ...content: readonly (readonly number[])[]): number[] => {
  const bytes = content.flat()
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >>> 7]
  return [(field << 3) | 2, ...length, ...bytes]
}
const decode = (...bytes: readonly number[]) => spansOf(Uint8Array.from(bytes), PROTOBUF)
const utf8 = (value: string) => [...Buffer.from(value)]

const attribute = (value: unknown) =>
  span({ attributes: [{ key: 'gen_ai.input.messages', value }] })?.attributes.get('gen_ai.input.messages')

describe('the two encodings', () => {
  test('protobuf and JSON of the real exporters decode to the same structure', () => {
    const fromProtobuf = decodeTraces(protobuf, PROTOBUF, limits)
    expect(fromProtobuf).toEqual(decodeTraces(json, JSON_TYPE, limits))
    expect(fromProtobuf.resourceSpans.flatMap(({ spans }) => spans)).toHaveLength(6)
  })

  test('gzip and identity are the same', () => {
    const plain = decodeTraces(protobuf, { ...PROTOBUF, contentEncoding: 'identity' }, limits)
    expect(decodeTraces(gzipSync(protobuf), { ...PROTOBUF, contentEncoding: 'gzip' }, limits)).toEqual(plain)
    expect(decodeTraces(gzipSync(json), { ...JSON_TYPE, contentEncoding: 'GZIP' }, limits)).toEqual(plain)
  })

  test('attributes that nobody reads are not kept', () => {
    const [first] = decodeTraces(protobuf, PROTOBUF, limits).resourceSpans
    expect([...(first?.resource.keys() ?? [])]).toEqual(['service.name'])
  })

  test('an empty request is valid in both', () => {
    expect(decodeTraces(new Uint8Array(), PROTOBUF, limits)).toEqual({ resourceSpans: [] })
    expect(decodeJsonText('{}')).toEqual({ resourceSpans: [] })
    expect(decodeJsonText('{"resourceSpans":null}')).toEqual({ resourceSpans: [] })
  })

  test('a body inside a larger buffer is read from its own offset', () => {
    const padded = new Uint8Array(protobuf.length + 20).fill(0xff)
    padded.set(protobuf, 10)
    const view = padded.subarray(10, 10 + protobuf.length)
    expect(decodeTraces(view, PROTOBUF, limits)).toEqual(decodeTraces(protobuf, PROTOBUF, limits))
  })

  test.each(['application/json; charset=utf-8', 'Application/JSON', 'application/json;charset="UTF-8"'])(
    'content type %s is JSON',
    (contentType) => {
      expect(decodeTraces(json, { contentType, contentEncoding: '' }, limits).resourceSpans).toHaveLength(1)
    },
  )

  test('a byte order mark is no part of JSON', () => {
    expect(decodeJsonText('\uFEFF{"resourceSpans":[]}')).toEqual({ resourceSpans: [] })
  })
})

describe('what JSON may write', () => {
  test.each([
    ['1763971200123456789', 1_763_971_200_123_456_789n],
    [1_763_971_200_123, 1_763_971_200_123n],
    ['18446744073709551615', 18_446_744_073_709_551_615n],
  ])('nanoseconds %s are exact', (written, read) => {
    expect(span({ startTimeUnixNano: written })?.startNanoseconds).toBe(read)
  })

  test('nanoseconds as a JSON number keep their millisecond, though a double cannot hold them', () => {
    for (let millisecond = 1_763_971_200_000; millisecond < 1_763_971_200_500; millisecond += 1) {
      const text = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":${millisecond}000000}]}]}]}`
      const start = decodeJsonText(text).resourceSpans[0]?.spans[0]?.startNanoseconds ?? 0n
      expect(start / 1_000_000n).toBe(BigInt(millisecond))
    }
  })

  test.each([
    [{ stringValue: 'a' }, 'a'],
    [{ stringValue: '' }, ''],
    [{ boolValue: false }, false],
    [{ intValue: '42' }, 42],
    [{ intValue: 42 }, 42],
    [{ doubleValue: 0.5 }, 0.5],
    [{ doubleValue: '1e3' }, 1000],
    [{ arrayValue: { values: [{ stringValue: 'a' }, {}] } }, ['a', null]],
    [{ arrayValue: {} }, []],
    [{ kvlistValue: { values: [{ key: 'k', value: { intValue: '1' } }] } }, { k: 1 }],
    [{ bytesValue: 'AAAA' }, undefined],
    [{ intValue: 'many' }, undefined],
    [{ intValue: 1.5 }, undefined],
    [{ stringValue: 5 }, undefined],
    [{ arrayValue: 'a' }, undefined],
    [undefined, undefined],
  ])('the attribute value %j is read as %j', (value, read) => {
    expect(attribute(value)).toEqual(read)
  })

  test.each([2, 'STATUS_CODE_ERROR'])('the status code %s is an error', (code) => {
    expect(span({ status: { code } })?.hasErrorStatus).toBe(true)
  })

  test.each([0, 1, 'STATUS_CODE_OK', undefined])('the status code %s is none', (code) => {
    expect(span({ status: { code } })?.hasErrorStatus).toBe(false)
  })

  test.each([
    ['a number', 7],
    ['null', null],
    ['an array', []],
  ])('a span that is %s is flawed, and its neighbours are read', (_, flawed) => {
    const spans = decodeJsonText(
      JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [flawed, { name: 'good' }] }] }] }),
    ).resourceSpans[0]?.spans
    expect(spans?.[0]?.flaw).toMatch(/the span is .*, not an object/u)
    expect(spans?.[1]).toMatchObject({ name: 'good', flaw: null })
  })

  test.each([
    [{ traceId: 5 }, 'traceId is 5, not a string'],
    [{ name: {} }, 'name is an object, not a string'],
    [{ startTimeUnixNano: 'yesterday' }, 'startTimeUnixNano is "yesterday", not an integer'],
    [{ endTimeUnixNano: -1 }, 'endTimeUnixNano is -1, not an integer'],
    [{ endTimeUnixNano: '18446744073709551616' }, 'not an integer'],
    [{ attributes: { a: 1 } }, 'attributes is an object, not an array'],
    [{ attributes: [{ value: {} }] }, 'attributes holds an object, not {"key"'],
    [{ status: 'ERROR' }, 'status is "ERROR", not an object'],
  ])('the span %j carries its flaw', (fields, flaw) => {
    expect(span(fields)?.flaw).toContain(flaw)
  })
})

describe('what is refused', () => {
  test.each([undefined, null, '', 'text/plain', 'application/grpc', 'application/json; charset=iso-8859-1'])(
    'content type %s',
    (contentType) => {
      const error = refusal(() => decodeTraces(json, { contentType, contentEncoding: undefined }, limits))
      expect(error.code).toBe('content_type_unsupported')
      if (contentType) expect(error.message).toContain(contentType)
      expect(error.next).toContain('application/x-protobuf')
    },
  )

  test.each(['deflate', 'br', 'zstd', 'gzip, gzip'])('content encoding %s', (contentEncoding) => {
    const error = refusal(() => decodeTraces(protobuf, { ...PROTOBUF, contentEncoding }, limits))
    expect(error).toMatchObject({ code: 'content_encoding_unsupported' })
    expect(error.message).toContain(contentEncoding)
  })

  test('a body of 50 MB', () => {
    const error = refusal(() => decodeTraces(new Uint8Array(50_000_000), PROTOBUF, limits))
    expect(error).toMatchObject({ code: 'body_too_large' })
    expect(error.message).toBe('The body has 50000000 bytes; the limit is 16777216.')
  })

  test('a gzip bomb, without inflating it: 200 MB of zeros under a cap of 1 MB', () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000), { level: 1 })
    expect(bomb.length).toBeLessThan(1_000_000)
    const before = process.memoryUsage()
    const startedAt = performance.now()
    const error = refusal(() =>
      decodeTraces(bomb, { ...PROTOBUF, contentEncoding: 'gzip' }, { ...limits, inflatedBytes: 1_000_000 }),
    )
    expect(error.code).toBe('body_too_large')
    expect(error.message).toContain('inflates to more than the limit of 1000000')
    const after = process.memoryUsage()
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(20_000_000)
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })

  test.each([
    ['no gzip', () => protobuf],
    ['half a gzip stream', () => gzipSync(protobuf).subarray(0, 100)],
  ])('%s under Content-Encoding gzip', (_, body) => {
    const error = refusal(() => decodeTraces(body(), { ...PROTOBUF, contentEncoding: 'gzip' }, limits))
    expect(error).toMatchObject({ code: 'body_malformed' })
  })

  test('more spans than a request may have', () => {
    const few = { ...limits, spansPerRequest: 5 }
    for (const [body, headers] of [
      [protobuf, PROTOBUF],
      [json, JSON_TYPE],
    ] as const) {
      const error = refusal(() => decodeTraces(body, headers, few))
      expect(error).toMatchObject({ code: 'body_too_large', message: 'The request holds more than 5 spans.' })
    }
  })

  test('JSON that is nothing but brackets, before it is parsed', () => {
    const error = refusal(() => decodeTraces(Buffer.alloc(16_000_000, '['), JSON_TYPE, limits))
    expect(error).toMatchObject({ code: 'body_malformed' })
    expect(error.message).toContain('byte 128')
  })

  test('JSON of millions of empty objects', () => {
    const body = Buffer.from(`{"resourceSpans":[${'{},'.repeat(4_000_000)}{}]}`)
    expect(refusal(() => decodeTraces(body, JSON_TYPE, limits)).code).toBe('body_too_large')
  })

  test('brackets and commas inside strings are text', () => {
    const text = JSON.stringify({ resourceSpans: [], note: `\\"${'[,'.repeat(5000)}` })
    expect(decodeJsonText(text)).toEqual({ resourceSpans: [] })
  })

  test.each([
    ['', 'Unexpected end of JSON input'],
    ['{"resourceSpans":[', 'Unexpected end'],
    ['{"resourceSpans":[}', '}'],
    ['[]', 'the body is an array of 0, not an object'],
    ['"text"', 'the body is "text", not an object'],
    ['{"resourceSpans":{}}', 'resourceSpans is an object, not an array'],
    ['{"resourceSpans":[5]}', 'resourceSpans[0] is 5, not an object'],
    ['{"resourceSpans":[{"scopeSpans":"x"}]}', 'resourceSpans[0].scopeSpans is "x", not an array'],
    ['{"resourceSpans":[{"scopeSpans":[{"spans":7}]}]}', 'resourceSpans[0].scopeSpans[0].spans is 7, not an array'],
    ['{"resourceSpans":[{"resource":[]}]}', 'resourceSpans[0].resource is an array of 0, not an object'],
    ['{"resourceSpans":[{"resource":{"attributes":5}}]}', 'resourceSpans[0].resource.attributes is 5'],
    ['{"resource_spans":[]}', 'resource_spans, not resourceSpans'],
  ])('the JSON %s, naming where it breaks', (text, message) => {
    const error = refusal(() => decodeJsonText(text))
    expect(error).toMatchObject({ code: 'body_malformed' })
    expect(error.message).toContain(message)
    expect(error.next).toContain('resourceSpans')
  })

  test('JSON that is not UTF-8, naming the byte', () => {
    const body = Buffer.from('{"resourceSpans":[],"note":"\u00e9"}', 'latin1')
    const error = refusal(() => decodeTraces(body, JSON_TYPE, limits))
    expect(error).toMatchObject({ code: 'body_malformed' })
    expect(error.message).toContain(`byte ${body.indexOf(0xe9)}`)
  })

  test('protobuf that says it is JSON, and the reverse', () => {
    expect(refusal(() => decodeTraces(protobuf, JSON_TYPE, limits)).code).toBe('body_malformed')
    expect(refusal(() => decodeTraces(json, PROTOBUF, limits)).code).toBe('body_malformed')
  })
})

describe('a body that was cut', () => {
  test('protobuf at every byte: refused, or a valid request with fewer spans', () => {
    const whole = spansOf(protobuf, PROTOBUF).length
    for (let length = 0; length < protobuf.length; length += 1) {
      const cut = protobuf.subarray(0, length)
      try {
        expect(spansOf(cut, PROTOBUF).length).toBeLessThan(whole)
        expect(length).toBe(0) // one ResourceSpans: nothing between nothing and all is valid
      } catch (error) {
        if (!(error instanceof TidemarkError)) throw error
        expect(error).toMatchObject({ code: 'body_malformed' })
        expect(error.message).toMatch(/breaks at byte \d+/u)
      }
    }
  })

  test('JSON at every byte is refused', () => {
    for (let length = 0; length < json.length; length += 1)
      expect(refusal(() => spansOf(json.subarray(0, length), JSON_TYPE)).code).toBe('body_malformed')
  })

  test('two requests joined are one, and cut between them the first', () => {
    const joined = Buffer.concat([protobuf, protobuf])
    expect(spansOf(joined, PROTOBUF)).toHaveLength(12)
    expect(spansOf(joined.subarray(0, protobuf.length), PROTOBUF)).toHaveLength(6)
  })
})

describe('protobuf that no exporter writes', () => {
  test('unknown fields of every wire type are skipped', () => {
    const unknown = [0xa0, 0x06, 1, 0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xa2, 0x06, 1, 0, 0xa5, 0x06, 1, 2, 3, 4]
    const span = message(2, message(5, utf8('n')), unknown)
    expect(decode(...message(1, unknown, message(2, span, unknown)), ...unknown)).toMatchObject([{ name: 'n' }])
  })

  test('the value of an attribute may stand before its key', () => {
    const attribute = message(9, message(2, message(1, utf8('chat'))), message(1, utf8('gen_ai.operation.name')))
    const [span] = decode(...message(1, message(2, message(2, attribute))))
    expect(span?.attributes.get('gen_ai.operation.name')).toBe('chat')
  })

  test('the resource may stand after its spans', () => {
    const resource = message(1, message(1, message(1, utf8('service.name')), message(2, message(1, utf8('a')))))
    const decoded = decodeTraces(Uint8Array.from(message(1, message(2, message(2)), resource)), PROTOBUF, limits)
    expect(decoded.resourceSpans[0]?.resource.get('service.name')).toBe('a')
  })

  test('a nested length that reaches beyond its parent is refused, though the body has the bytes', () => {
    const body = [
      0x0a,
      4,
      0x12,
      20,
      0x12,
      0,
      ...message(1, message(2, message(2, message(5, utf8('long enough name'))))),
    ]
    const error = refusal(() => decode(...body))
    expect(error.message).toContain('breaks at byte 4')
  })

  test('a value is read to 32 levels; what is deeper is null', () => {
    const nested = (depth: number): number[] =>
      depth === 0 ? message(1, utf8('x')) : message(5, message(1, nested(depth - 1)))
    const read = (depth: number) => {
      const attribute = message(9, message(1, utf8('gen_ai.input.messages')), message(2, nested(depth)))
      return decode(...message(1, message(2, message(2, attribute))))[0]?.attributes.get('gen_ai.input.messages')
    }
    expect(JSON.stringify(read(32))).toBe(`${'['.repeat(32)}"x"${']'.repeat(32)}`)
    expect(JSON.stringify(read(1000))).toBe(`${'['.repeat(32)}null${']'.repeat(32)}`)
  })
})
