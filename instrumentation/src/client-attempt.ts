import type { AnnouncedCall } from './announced-call.ts'
import type { AttemptReport, Fetch, Surroundings } from './attempts.ts'
import { type CallRecord, headOf } from './call-record.ts'
import { aborted, timedOut } from './error-type.ts'
import { later } from './later.ts'
import { type AttemptFailure, isRetryable } from './retry-policy.ts'

export interface ClientAttempt {
  readonly send: Fetch
  readonly input: Parameters<Fetch>[0]
  readonly init: RequestInit | undefined
  /** Of the request as the transport gets it. */
  readonly signal: AbortSignal | undefined
  readonly call: AnnouncedCall | undefined
  readonly record: CallRecord
  readonly surroundings: Surroundings
}

/** An attempt whose body is still to be read. */
export interface OpenClientAttempt {
  settle(outcome: 'success' | 'aborted' | 'rejected', error?: unknown): void
  /** The client has given up the body for its time: it sends again where it may, else the call has failed. */
  timedOut(error: unknown): void
}

export interface ClientAnswer {
  readonly response: Response
  /** Undefined where the attempt has failed. */
  readonly open: OpenClientAttempt | undefined
  /** No further attempt is expected. */
  readonly isFinal: boolean
}

/** One attempt whose retries, if any, are its sender's. */
export async function observeClientAttempt({
  send,
  input,
  init,
  signal,
  call,
  record,
  surroundings,
}: ClientAttempt): Promise<ClientAnswer> {
  const startMilliseconds = surroundings.now()
  const resendCount = Number(new Headers(init?.headers).get('x-stainless-retry-count') ?? 0)
  const willBeSentAgain = call !== undefined && resendCount < call.clientRetries
  if (call !== undefined) {
    call.record = record
    call.endWaiting?.()
  }
  const report = (attempt: Pick<AttemptReport, 'outcome' | 'failure' | 'error' | 'response'>): void =>
    record.attempt({ ...attempt, resendCount, startMilliseconds, delayMilliseconds: 0 })
  const failed = (failure: AttemptFailure, error: unknown): void => {
    const outcome = failure.kind === 'aborted' ? 'aborted' : willBeSentAgain ? 'retried' : 'exhausted'
    report({ outcome, failure, error, response: undefined })
    if (outcome !== 'retried') record.fail({ error })
    else awaitNext(call, () => record.fail({ error }), record)
  }
  let response: Response
  try {
    response = await send(input, init)
  } catch (error) {
    if ((call === undefined ? signal : call.signal)?.aborted === true) failed({ kind: 'aborted' }, aborted())
    else if (signal?.aborted === true) failed({ kind: 'timeout' }, timedOut(error))
    else failed({ kind: 'connection' }, error)
    throw error
  }
  if (response.ok) {
    let isSettled = false
    const once = (tell: () => void): void => {
      if (!isSettled) tell()
      isSettled = true
    }
    const open: OpenClientAttempt = {
      settle: (outcome, error) => once(() => report({ outcome, failure: undefined, error, response })),
      timedOut: (error) => once(() => failed({ kind: 'timeout' }, timedOut(error))),
    }
    return { response, open, isFinal: true }
  }
  const failure = { kind: 'status', status: response.status, headers: response.headers, errorCode: undefined } as const
  const outcome = !isRetryable(failure) ? 'rejected' : willBeSentAgain ? 'retried' : 'exhausted'
  report({ outcome, failure, error: undefined, response })
  if (outcome === 'retried') {
    const head = headOf(response)
    awaitNext(call, () => record.fail({ head }), record)
  }
  return { response, open: undefined, isFinal: outcome !== 'retried' }
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
