import { TidemarkError } from '../domain/errors.ts'

/**
 * Reads a body of at most `limit` bytes; what is announced or turns out to be longer is given up at once, so that no
 * request holds more than the limit in memory.
 * @throws {TidemarkError} `body_too_large`, `body_malformed` when the sender breaks off
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? 0)
  if (announced > limit) throw tooLarge(`${announced} bytes`, limit)
  if (request.body === null) return new Uint8Array()
  const reader = request.body.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read().catch(brokenOff)
    if (done) return Buffer.concat(chunks, length)
    length += value.byteLength
    if (length > limit) {
      await reader.cancel().catch(() => undefined)
      throw tooLarge(`More than ${limit} bytes`, limit)
    }
    chunks.push(value)
  }
}

/** Reads a body to its end, or to the limit, and keeps nothing of it. */
export async function discardBody(request: Request, limit: number): Promise<void> {
  if (request.body === null) return
  const reader = request.body.getReader()
  let length = 0
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }))
    length += value?.byteLength ?? 0
    if (done || length > limit) break
  }
  await reader.cancel().catch(() => undefined)
}

/**
 * Reads a JSON body. Only `application/json` is taken: a page of another origin cannot send that without being asked.
 * @throws {TidemarkError} `content_type_unsupported`, `content_encoding_unsupported`, `body_too_large`, `body_malformed`
 */
export async function readJsonBody(request: Request, limit: number): Promise<unknown> {
  const contentType = request.headers.get('content-type') ?? ''
  if (!/^application\/json\s*(?:;|$)/iu.test(contentType))
    throw new TidemarkError(
      'content_type_unsupported',
      contentType === '' ? 'The request has no content type.' : `The content type ${contentType} is not taken here.`,
      'Send JSON with content-type: application/json.',
    )
  const encoding = request.headers.get('content-encoding') ?? 'identity'
  if (encoding.toLowerCase() !== 'identity')
    throw new TidemarkError(
      'content_encoding_unsupported',
      `The content encoding ${encoding} is not taken here.`,
      'Send the JSON without compression.',
    )
  const body = await readBody(request, limit)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new TidemarkError(
      'body_malformed',
      `The body is no JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Send one JSON document in UTF-8.',
      { cause },
    )
  }
}

function tooLarge(size: string, limit: number): TidemarkError {
  return new TidemarkError(
    'body_too_large',
    `${size} were sent, at most ${limit} bytes are taken.`,
    'Send smaller batches, or raise the limit in the configuration of the evaluator.',
  )
}

function brokenOff(cause: unknown): never {
  throw new TidemarkError('body_malformed', 'The body ended before it was complete.', 'Send the request again.', {
    cause,
  })
}
