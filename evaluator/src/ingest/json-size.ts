import { TidemarkError } from '../domain/errors.ts'

const MAXIMUM_DEPTH = 128
const MAXIMUM_VALUES = 4_000_000

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPENING_BRACKET = 0x5b
const OPENING_BRACE = 0x7b
const CLOSING_BRACKET = 0x5d
const CLOSING_BRACE = 0x7d

/**
 * Looks over JSON before it is parsed: a body of 64 MiB that is nothing but brackets would take gigabytes as objects.
 * Counts what opens and what is separated outside of strings; whether it is valid JSON is the parser's question.
 * @throws {TidemarkError} `body_malformed` with the byte where the depth is exceeded, `body_too_large`
 */
export function refuseBloatedJson(body: Buffer): void {
  let depth = 0
  let values = 0
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at] ?? 0
    if (byte === QUOTE) {
      at = endOfString(body, at + 1)
    } else if (byte === COMMA) {
      values += 1
    } else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
      values += 1
      depth += 1
      if (depth > MAXIMUM_DEPTH) {
        throw new TidemarkError(
          'body_malformed',
          `The body nests JSON deeper than ${MAXIMUM_DEPTH} levels at byte ${at}; no traces request does.`,
          'Send an ExportTraceServiceRequest as OTLP/HTTP JSON.',
        )
      }
    } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) {
      depth -= 1
    }
  }
  if (values <= MAXIMUM_VALUES) return
  throw new TidemarkError(
    'body_too_large',
    `The body holds ${values} JSON values; the limit is ${MAXIMUM_VALUES}.`,
    'Export smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE, send_batch_max_size of the Collector).',
  )
}

/** Index of the quote that ends the string, or of the last byte where none does. */
function endOfString(body: Buffer, from: number): number {
  for (let at = from; at < body.length; at += 1) {
    if (body[at] === BACKSLASH) at += 1
    else if (body[at] === QUOTE) return at
  }
  return body.length
}
