import { gunzipSync } from 'node:zlib'
import { TidemarkError } from '../domain/errors.ts'
import type { IngestLimits } from './limits.ts'

/**
 * The body as it was before compression. A body that would inflate beyond the limit is given up at the limit, so a
 * gzip bomb costs no more time and memory than the largest body that is allowed.
 * @throws {TidemarkError} `body_too_large`, `body_malformed`, `content_encoding_unsupported`
 */
export function inflateBody(
  body: Uint8Array,
  contentEncoding: string | null | undefined,
  { bodyBytes, inflatedBytes }: Pick<IngestLimits, 'bodyBytes' | 'inflatedBytes'>,
): Uint8Array {
  const encoding = (contentEncoding ?? '').trim().toLowerCase()
  if (encoding !== '' && encoding !== 'identity' && encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new TidemarkError(
      'content_encoding_unsupported',
      `The content encoding ${JSON.stringify(encoding.slice(0, 100))} is not supported.`,
      'Send the body with gzip, or without compression.',
    )
  }
  if (body.length > bodyBytes) throw tooLarge(`The body has ${body.length} bytes; the limit is ${bodyBytes}.`)
  if (encoding === '' || encoding === 'identity') {
    if (body.length > inflatedBytes) throw tooLarge(`The body has ${body.length} bytes; the limit is ${inflatedBytes}.`)
    return body
  }
  try {
    return gunzipSync(body, { maxOutputLength: inflatedBytes, chunkSize: 64 * 1024 })
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(
        `The body has ${body.length} bytes and inflates to more than the limit of ${inflatedBytes}.`,
        cause,
      )
    throw new TidemarkError(
      'body_malformed',
      `The body of ${body.length} bytes is not gzip, although its content encoding says so: ${String(cause instanceof Error ? cause.message : cause)}.`,
      'Send the whole gzip stream, or leave the Content-Encoding header out.',
      { cause },
    )
  }
}

function tooLarge(message: string, cause?: unknown): TidemarkError {
  return new TidemarkError(
    'body_too_large',
    message,
    'Export smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE, send_batch_max_size of the Collector) or raise limits in tidemark.yaml.',
    { cause },
  )
}
