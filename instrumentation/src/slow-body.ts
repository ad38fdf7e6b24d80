import type { AnnouncedCall } from './announced-call.ts'
import { type Attempts, BodyTimeout } from './attempts.ts'
import { defineOwn } from './body-stream.ts'
import { type CallRecord, headOf } from './call-record.ts'
import { aborted } from './error-type.ts'
import { parsedJson } from './untyped.ts'

export interface SlowBody {
  readonly record: CallRecord
  readonly call: AnnouncedCall | undefined
  readonly signal: AbortSignal | undefined
  readonly attempts: Attempts
}

/**
 * Reads the body of a response as text. A body that is too slow is asked for again, as the client itself does: the response
 * the application holds then speaks for the attempt that answered.
 */
export async function readWithRetries(
  response: Response,
  unwatchedText: () => Promise<string>,
  slowBody: SlowBody,
): Promise<string> {
  const { record, call, attempts } = slowBody
  let current = response
  let read = unwatchedText
  for (;;) {
    try {
      // without a client nobody could be told how a further attempt ended
      const body = await attempts.read(read, call !== undefined)
      if (!('retry' in body)) {
        record.succeed(parsedJson(body.text), headOf(current))
        return body.text
      }
    } catch (error) {
      record.fail({ error: endingError(error, slowBody) })
      // what breaks off in the body reaches the application as it is, as without us
      throw call !== undefined && error instanceof BodyTimeout ? call.errors.timeout(error) : error
    }
    current = await nextAttempt(slowBody)
    if (!current.ok) {
      // the client too makes its error of a status whose body breaks off
      const text = await current.text().catch(messageOf)
      attempts.settle('rejected')
      record.fail({ head: headOf(current), body: parsedJson(text) })
      throw call?.errors.status(current, text)
    }
    speakFor(response, current)
    read = current.text.bind(current)
  }
}

/** What telemetry says of an error: transports report our time-outs as aborts, and aborts by whatever reason was given. */
export function endingError(error: unknown, { attempts, signal }: Pick<SlowBody, 'attempts' | 'signal'>): unknown {
  if (signal?.aborted === true) return aborted()
  return attempts.isTimedOut ? new BodyTimeout(error) : error
}

/** A further attempt fails with the error that the client would have made of it. */
async function nextAttempt({ record, call, signal, attempts }: SlowBody): Promise<Response> {
  try {
    return await attempts.next()
  } catch (error) {
    record.fail({ error: endingError(error, { attempts, signal }) })
    if (call === undefined || call.signal?.aborted === true) throw error
    throw attempts.isTimedOut ? call.errors.timeout(error) : call.errors.connection(error)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const MIRRORED = ['headers', 'ok', 'redirected', 'status', 'statusText', 'url'] as const

function speakFor(response: Response, current: Response): void {
  for (const name of MIRRORED) defineOwn(response, name, current[name])
}
