import { otlpEncoding } from './content-type.ts'
import type { DecodedTraces } from './decoded-traces.ts'
import { inflateBody } from './inflate.ts'
import type { IngestLimits } from './limits.ts'
import { decodeJson } from './otlp-json.ts'
import { decodeProtobuf } from './otlp-protobuf.ts'
import { spanBudget } from './span-budget.ts'

export type BodyHeaders = {
  readonly contentType: string | null | undefined
  readonly contentEncoding: string | null | undefined
}

/**
 * The body of an OTLP/HTTP traces request, JSON or protobuf, plain or gzip.
 * @throws {TidemarkError} `content_type_unsupported`, `content_encoding_unsupported`, `body_too_large`, `body_malformed`
 */
export function decodeTraces(body: Uint8Array, headers: BodyHeaders, limits: IngestLimits): DecodedTraces {
  return decode(body, headers, limits, 'traces')
}

/** The body of an OTLP/HTTP logs request, likewise: each log record as a span without length, named like its event. */
export function decodeLogs(body: Uint8Array, headers: BodyHeaders, limits: IngestLimits): DecodedTraces {
  return decode(body, headers, limits, 'logs')
}

function decode(
  body: Uint8Array,
  headers: BodyHeaders,
  limits: IngestLimits,
  signal: 'traces' | 'logs',
): DecodedTraces {
  const encoding = otlpEncoding(headers.contentType)
  const bytes = inflateBody(body, headers.contentEncoding, limits)
  const budget = spanBudget(limits.spansPerRequest)
  return {
    resourceSpans: encoding === 'json' ? decodeJson(bytes, budget, signal) : decodeProtobuf(bytes, budget, signal),
  }
}
