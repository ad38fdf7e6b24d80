import type { AnnouncedCall } from './announced-call.ts'
import type { AttemptReport, Fetch, Surroundings } from './attempts.ts'
import { type CallRecord, headOf } from './call-record.ts'
import { aborted } from './error-type.ts'
import { later } from './later.ts'
import { isRetryable } from './retry-policy.ts'

export interface ClientAttempt {
  readonly send: Fetch
  readonly input: Parameters<Fetch>[0]
  readonly init: RequestInit | undefined
  readonly call: AnnouncedCall | undefined
  readonly record: CallRecord
  readonly surroundings: Surroundings
}

/** One attempt whose retries, if any, are its sender's; `isFinal` where no further one is expected. */
export async function observeClientAttempt({
  send,
  input,
  init,
  call,
  record,
  surroundings,
}: ClientAttempt): Promise<{ readonly response: Response; readonly isFinal: boolean }> {
  const startMilliseconds = surroundings.now()
  const resendCount = Number(new Headers(init?.headers).get('x-stainless-retry-count') ?? 0)
  const willBeSentAgain = call !== undefined && resendCount < call.clientRetries
  if (call !== undefined) {
    call.record = record
    call.endWaiting?.()
  }
  const report = (attempt: Pick<AttemptReport, 'outcome' | 'failure' | 'error' | 'response'>): void =>
    record.attempt({ ...attempt, resendCount, startMilliseconds, delayMilliseconds: 0 })
  let response: Response
  try {
    response = await send(input, init)
  } catch (error) {
    const isAborted = (call === undefined ? init?.signal : call.signal)?.aborted === true
    const outcome = isAborted ? 'aborted' : willBeSentAgain ? 'retried' : 'exhausted'
    report({ outcome, failure: { kind: isAborted ? 'aborted' : 'connection' }, error, response: undefined })
    if (outcome !== 'retried') record.fail({ error })
    else awaitNext(call, () => record.fail({ error }), record)
    throw error
  }
  if (response.ok) {
    report({ outcome: 'success', failure: undefined, error: undefined, response })
    return { response, isFinal: true }
  }
  const failure = { kind: 'status', status: response.status, headers: response.headers, errorCode: undefined } as const
  const outcome = !isRetryable(failure) ? 'rejected' : willBeSentAgain ? 'retried' : 'exhausted'
  report({ outcome, failure, error: undefined, response })
  if (outcome === 'retried') {
    const head = headOf(response)
    awaitNext(call, () => record.fail({ head }), record)
  }
  return { response, isFinal: outcome !== 'retried' }
}

/** The client waits a minute at most before it sends again, milliseconds. */
const LONGEST_CLIENT_WAIT = 65_000

/** A client that stops before its last retry, because the caller has aborted or for reasons of its own, ends the call too. */
function awaitNext(call: AnnouncedCall | undefined, giveUp: () => void, record: CallRecord): void {
  if (call === undefined) return
  const { signal } = call
  const abort = (): void => record.fail({ error: aborted() })
  const forget = later(giveUp, LONGEST_CLIENT_WAIT)
  signal?.addEventListener('abort', abort, { once: true })
  call.endWaiting = () => {
    forget()
    signal?.removeEventListener('abort', abort)
  }
}
