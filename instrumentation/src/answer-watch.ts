import type { AnnouncedCall } from './announced-call.ts'
import type { Attempts } from './attempts.ts'
import { type CollectedAnswer, createBodyCollector } from './body-collector.ts'
import { type AnswerHead, type CallRecord, headOf } from './call-record.ts'
import { aborted } from './error-type.ts'
import { type BodyWatcher, watchBody } from './response-body.ts'
import { readWithRetries } from './slow-body.ts'
import { fieldOf, recordOf } from './untyped.ts'

/** What is left to end of a response that nobody reads. */
export interface Forgotten {
  readonly record: CallRecord
  readonly attempts: Attempts | undefined
}

export interface AnswerWatch {
  readonly record: CallRecord
  readonly call: AnnouncedCall | undefined
  /** The request asked for a stream: some providers then send one under another content type. */
  readonly isStreamRequested: boolean
  /** The signal of the request as the transport got it. */
  readonly signal: AbortSignal | undefined
  /** Ours, where we retry. */
  readonly attempts?: Attempts
  /** Ends the record of a response that is collected before anybody has read it. */
  readonly forgotten: FinalizationRegistry<Forgotten>
  readonly trouble: (error: unknown) => void
}

/** Lets the record see how a final answer is read, and ends it with the last byte. Returns the same response. */
export function watchAnswer(response: Response, watch: AnswerWatch): Response {
  const { attempts, signal, trouble } = watch
  const isStream =
    (response.ok && watch.isStreamRequested) ||
    response.headers.get('content-type')?.includes('text/event-stream') === true
  const watcher = createAnswerWatcher(headOf(response), isStream, response.ok, watch)
  if (response.body === null || response.status === 204 || response.headers.get('content-length') === '0') {
    watcher.done()
    return response
  }
  try {
    const { unwatchedText } = watchBody(response, watcher)
    if (attempts !== undefined && response.ok && !isStream) {
      readWithRetries(response, unwatchedText, { ...watch, attempts })
    }
  } catch (error) {
    // a response of somebody else's making that cannot be watched: the call is recorded without its answer
    trouble(error)
    watcher.done()
  }
  // a stream that is aborted before anybody reads it
  if (isStream) signal?.addEventListener('abort', watcher.cancelled, { once: true })
  if (!watch.record.isEnded) watch.forgotten.register(response, { record: watch.record, attempts }, watch.record)
  return response
}

/** Knows the head of the response but not the response: the transport holds the body, and the body this. */
function createAnswerWatcher(
  head: AnswerHead,
  isStream: boolean,
  isOk: boolean,
  { record, call, signal, attempts, trouble }: AnswerWatch,
): BodyWatcher {
  const collector = createBodyCollector(isStream)
  const finish = ({ body, error }: CollectedAnswer): void => {
    ended()
    if (!isOk) return record.fail({ head, body })
    attempts?.settle('success')
    if (error === undefined) record.succeed(body, head)
    else record.fail({ head, body: brokenOff(body, error) })
  }
  /** The reader left, or the request was aborted: complete if the provider had said so before. */
  const interrupted = (): void => {
    if (record.isEnded) return
    const answer = collector.answer()
    if (answer.isComplete || answer.error !== undefined) return finish(answer)
    const { body } = answer
    ended()
    const isAborted = (call === undefined ? signal : call.signal)?.aborted === true
    attempts?.settle('aborted')
    if (isAborted) record.fail({ error: aborted(), head, body })
    else record.abandon(body, head)
  }
  const failed = (error: unknown): void => {
    if (record.isEnded) return
    if (signal?.aborted === true) return interrupted()
    ended()
    attempts?.settle('rejected', error)
    record.fail({ error, head, body: collector.answer().body })
  }
  /** What the reader does must not fail for what we make of it. */
  const quietly = (fn: () => void): void => {
    try {
      fn()
    } catch (error) {
      trouble(error)
    }
  }
  const watcher: BodyWatcher = {
    chunk(bytes) {
      // once for every piece: without a closure
      try {
        collector.add(bytes)
        if (isStream && isOk) record.chunk()
      } catch (error) {
        trouble(error)
      }
    },
    done: (text) => quietly(() => finish(collector.answer(text))),
    cancelled: () => quietly(interrupted),
    failed: (error) => quietly(() => failed(error)),
  }
  const ended = (): void => signal?.removeEventListener('abort', watcher.cancelled)
  return watcher
}

/** What had come before the provider's error, and the error where a plain answer has it. */
function brokenOff(body: unknown, error: unknown): unknown {
  return { ...recordOf(body), error: fieldOf(error, 'error') ?? error }
}
