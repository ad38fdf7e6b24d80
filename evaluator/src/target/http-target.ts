import { TIDEMARK } from '@tidemark/instrumentation/semconv'
import { answerOfText, badAnswer, LARGEST_ANSWER_BYTES } from './read-answer.ts'
import type { Target, TargetFailureKind, TargetOutcome, TargetRequest } from './target.ts'

/** The target took nothing: another attempt cannot be paid twice. */
const NOTHING_TAKEN: ReadonlySet<number> = new Set([429, 503])
const NEVER_REACHED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH'])

/**
 * An agent behind HTTP: each question is a `POST` of `{ id, input, segment, run }`, with `idempotency-key` and the origin as
 * W3C baggage. A call that ended in the middle is not tried again: the agent may have been paid for.
 */
export function httpTarget(url: string): Target {
  return {
    ask: (request, signal) => ask(url, request, signal),
    close: async () => undefined,
  }
}

async function ask(url: string, request: TargetRequest, signal: AbortSignal): Promise<TargetOutcome> {
  const { id, input, segment, run, origin, idempotencyKey } = request
  const started = performance.now()
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/plain',
        'idempotency-key': idempotencyKey,
        baggage: `${TIDEMARK.origin}=${origin}`,
      },
      body: JSON.stringify({ id, input, segment, run }),
      redirect: 'error',
      signal,
    })
    const text = await boundedText(response)
    const seconds = (performance.now() - started) / 1000
    if (text === null) return badAnswer(`the answer is longer than ${LARGEST_ANSWER_BYTES} bytes`)
    if (!response.ok) return refusal(response, text)
    return answerOfText(text, (response.headers.get('content-type') ?? '').includes('json'), seconds)
  } catch (error) {
    return signal.aborted ? aborted(signal) : unreachable(error)
  }
}

async function boundedText(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > LARGEST_ANSWER_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function refusal(response: Response, text: string): TargetOutcome {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return {
    ...failed('refused', `${response.status} ${text.slice(0, 160).trim()}`.trim(), NOTHING_TAKEN.has(response.status)),
    retryAfterSeconds: Number.isFinite(seconds) ? seconds : null,
  }
}

function unreachable(error: unknown): TargetOutcome {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return failed('unreachable', cause instanceof Error ? cause.message || code : String(cause), NEVER_REACHED.has(code))
}

/** A question that was given up, for its time or because the whole run was ended. */
export function aborted(signal: AbortSignal): TargetOutcome {
  const reason: unknown = signal.reason
  return failed('timed_out', reason instanceof Error ? reason.message : String(reason), false)
}

export function failed(kind: TargetFailureKind, detail: string, isRetryable = false) {
  return { kind, detail, isRetryable, retryAfterSeconds: null }
}
