import type { AttemptOutcome } from './semconv.ts'

/** Why an attempt failed, as far as it matters for another one. */
export type AttemptFailure =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers: Headers
      readonly errorCode: string | undefined
    }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'connection' }
  | { readonly kind: 'aborted' }

export interface Backoff {
  readonly baseMilliseconds: number
  readonly capMilliseconds: number
}

/** What is left for this operation when an attempt has failed. */
export interface RetryState extends Backoff {
  /** Attempts that failed before this one. */
  readonly resendCount: number
  readonly maxRetries: number
  readonly nowMilliseconds: number
  readonly deadlineMilliseconds: number
  /** A server that asks for more than this is not waited for. */
  readonly maximumWaitMilliseconds: number
  readonly hasBudget: boolean
}

export interface RetryVerdict {
  readonly outcome: Exclude<AttemptOutcome, 'success'>
  /** Wait before the next attempt; 0 where there is none. */
  readonly delayMilliseconds: number
}

/** Waits grow exponentially and are drawn uniformly below the cap: full jitter spreads retries best under contention. */
export function backoffMilliseconds(
  attempt: number,
  { baseMilliseconds, capMilliseconds }: Backoff,
  random: () => number,
): number {
  return random() * Math.min(capMilliseconds, baseMilliseconds * 2 ** attempt)
}

/**
 * The wait a server asks for: `retry-after-ms`, else `retry-after` in seconds or as a date; `undefined` where it asks for
 * none or cannot be understood.
 */
export function requestedWaitMilliseconds(headers: Headers, nowMilliseconds: number): number | undefined {
  const milliseconds = decimal(headers.get('retry-after-ms'))
  if (milliseconds !== undefined) return milliseconds
  const text = headers.get('retry-after')
  if (text === null) return undefined
  const seconds = decimal(text)
  if (seconds !== undefined) return seconds * 1000
  // a bare number is no date, though Date.parse finds a year in it
  const date = /[a-z]/iu.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMilliseconds)
}

/** Connection errors, timeouts, 408, 409, 429 and 5xx; the server's own word wins; an empty account never refills by waiting. */
export function isRetryable(failure: AttemptFailure): boolean {
  if (failure.kind !== 'status') return failure.kind !== 'aborted'
  if (failure.errorCode === 'insufficient_quota') return false
  const told = failure.headers.get('x-should-retry')
  if (told === 'true') return true
  if (told === 'false') return false
  const { status } = failure
  return status === 408 || status === 409 || status === 429 || status >= 500
}

/** The first that applies, in the order of the closed set. */
export function retryVerdict(failure: AttemptFailure, state: RetryState, random: () => number): RetryVerdict {
  const stop = (outcome: RetryVerdict['outcome']): RetryVerdict => ({ outcome, delayMilliseconds: 0 })
  if (failure.kind === 'aborted') return stop('aborted')
  if (!isRetryable(failure)) return stop('rejected')
  const isLast = state.resendCount >= state.maxRetries
  const requested =
    failure.kind === 'status' ? requestedWaitMilliseconds(failure.headers, state.nowMilliseconds) : undefined
  const delay = Math.max(requested ?? 0, backoffMilliseconds(state.resendCount, state, random))
  const isTooLong = requested === delay && delay > state.maximumWaitMilliseconds
  // behind the last attempt there is no wait that could be too long
  const isLate = isLast
    ? state.nowMilliseconds >= state.deadlineMilliseconds
    : isTooLong || state.nowMilliseconds + delay >= state.deadlineMilliseconds
  if (isLate) return stop('deadline')
  if (!state.hasBudget) return stop('budget')
  if (isLast) return stop('exhausted')
  return { outcome: 'retried', delayMilliseconds: delay }
}

function decimal(text: string | null): number | undefined {
  if (text === null || !/^\s*\d+(?:\.\d+)?\s*$/u.test(text)) return undefined
  return Number(text)
}
