import type { AnnouncedCall } from './announced-call.ts'
import type { Attempts } from './attempts.ts'
import { type BodyCollector, type CollectedAnswer, createBodyCollector } from './body-collector.ts'
import type { BodyWatcher } from './body-stream.ts'
import type { OpenClientAttempt } from './client-attempt.ts'
import { type AnswerHead, type CallRecord, headOf } from './call-record.ts'
import { aborted } from './error-type.ts'
import type { OpenCalls } from './open-calls.ts'
import { watchBody } from './response-body.ts'
import { readWithRetries } from './slow-body.ts'
import { fieldOf, recordOf } from './untyped.ts'

export interface AnswerWatch {
  readonly record: CallRecord
  readonly call: AnnouncedCall | undefined
  /** The request asked for a stream: some providers then send one under another content type. */
  readonly isStreamRequested: boolean
  /** The signal of the request as the transport got it. */
  readonly signal: AbortSignal | undefined
  /** Ours, where we retry. */
  readonly attempts?: Attempts
  /** The client's, where it retries. */
  readonly clientAttempt?: OpenClientAttempt | undefined
  /** Where the call waits for the end of its answer. */
  readonly open: OpenCalls
  readonly trouble: (error: unknown) => void
}

/** Lets the record see how a final answer is read, and ends it with the last byte. Returns the same response. */
export function watchAnswer(response: Response, watch: AnswerWatch): Response {
  const { record, attempts, signal } = watch
  const isStream =
    (response.ok && watch.isStreamRequested) ||
    response.headers.get('content-type')?.includes('text/event-stream') === true
  const head = headOf(response)
  const watcher = new AnswerWatcher(head, isStream, response.ok, watch)
  if (response.body === null || response.status === 204 || response.headers.get('content-length') === '0') {
    watcher.done()
    return response
  }
  try {
    if (attempts !== undefined && response.ok && !isStream) {
      const slowBody = { record, call: watch.call, signal, attempts }
      watchBody(response, watcher, (unwatchedText) => {
        watcher.release()
        return readWithRetries(response, unwatchedText, slowBody)
      })
    } else watchBody(response, watcher)
  } catch (error) {
    // a response of somebody else's making that cannot be watched: the call is recorded without its answer
    watch.trouble(error)
    watcher.done()
  }
  // a stream that is aborted before anybody reads it
  if (isStream && !record.isEnded) signal?.addEventListener('abort', watcher)
  if (!record.isEnded) watch.open.answered(record, response, attempts ?? watch.clientAttempt)
  return response
}

/**
 * Knows the head of the response but not the response: the transport holds the body, and the body this. Both live until a
 * major collection, so that what has ended lets go of the call. What the reader does must not fail for what we make of it.
 */
class AnswerWatcher implements BodyWatcher {
  readonly #head: AnswerHead
  readonly #isStream: boolean
  readonly #isOk: boolean
  #watch: AnswerWatch | undefined
  #collector: BodyCollector | undefined

  constructor(head: AnswerHead, isStream: boolean, isOk: boolean, watch: AnswerWatch) {
    this.#head = head
    this.#isStream = isStream
    this.#isOk = isOk
    this.#watch = watch
  }

  chunk(bytes: Uint8Array): void {
    const watch = this.#watch
    if (watch === undefined) return
    try {
      this.#collected().add(bytes)
      if (this.#isStream && this.#isOk) watch.record.chunk()
    } catch (error) {
      watch.trouble(error)
    }
  }

  done(text?: string): void {
    this.#ending((watch) => this.#finish(watch, this.#collected().answer(text)))
  }

  cancelled(): void {
    this.#ending((watch) => this.#interrupted(watch))
  }

  failed(error: unknown): void {
    this.#ending((watch) => {
      if (watch.signal?.aborted === true) return this.#interrupted(watch, error)
      settle(watch, 'rejected', error)
      watch.record.fail({ error, head: this.#head, body: this.#collected().answer().body })
    })
  }

  /** The request is aborted. */
  handleEvent(): void {
    this.cancelled()
  }

  /** Nothing is watched any more. */
  release(): void {
    this.#watch?.signal?.removeEventListener('abort', this)
    this.#watch = undefined
    this.#collector = undefined
  }

  #ending(end: (watch: AnswerWatch) => void): void {
    const watch = this.#watch
    if (watch === undefined) return
    try {
      end(watch)
    } catch (error) {
      // what the answer was stays unknown; the call has ended all the same
      watch.trouble(error)
      settle(watch, this.#isOk ? 'success' : 'rejected')
      watch.record.abandon(undefined, this.#head)
    }
    this.release()
  }

  #collected(): BodyCollector {
    return (this.#collector ??= createBodyCollector(this.#isStream))
  }

  #finish(watch: AnswerWatch, { body, error }: CollectedAnswer): void {
    const { record } = watch
    const head = this.#head
    settle(watch, this.#isOk ? 'success' : 'rejected')
    if (!this.#isOk) return record.fail({ head, body })
    if (error === undefined) record.succeed(body, head)
    else record.fail({ head, body: brokenOff(body, error) })
  }

  /** The reader left, or the request was aborted: complete if the provider had said so before. */
  #interrupted(watch: AnswerWatch, why?: unknown): void {
    const { record, call, signal, clientAttempt } = watch
    const answer = this.#collected().answer()
    if (answer.isComplete || answer.error !== undefined) return this.#finish(watch, answer)
    const { body } = answer
    const isAborted = (call === undefined ? signal : call.signal)?.aborted === true
    // nobody but the client itself has ended its request: the body came too slowly
    if (!isAborted && !this.#isStream && signal?.aborted === true && clientAttempt !== undefined) {
      clientAttempt.timedOut(why)
      return
    }
    settle(watch, 'aborted')
    if (isAborted) record.fail({ error: aborted(), head: this.#head, body })
    else record.abandon(body, this.#head)
  }
}

function settle({ attempts, clientAttempt }: AnswerWatch, ...ending: Parameters<Attempts['settle']>): void {
  const attempt = attempts ?? clientAttempt
  attempt?.settle(...ending)
}

/** What had come before the provider's error, and the error where a plain answer has it. */
function brokenOff(body: unknown, error: unknown): unknown {
  return { ...recordOf(body), error: fieldOf(error, 'error') ?? error }
}
