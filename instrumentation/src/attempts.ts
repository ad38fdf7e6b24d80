import { later } from './later.ts'
import type { RetryOptions } from './options.ts'
import { providerErrorCode } from './response-facts.ts'
import { type RetryBudget, retryCost } from './retry-budget.ts'
import { type AttemptFailure, isRetryable, retryVerdict } from './retry-policy.ts'
import type { AttemptOutcome } from './semconv.ts'
import { TimedAttempt } from './timed-attempt.ts'
import { fieldOf } from './untyped.ts'

/** The signature of the global `fetch`. */
export type Fetch = typeof globalThis.fetch

/** Clock and randomness, as parameters: tests bring their own. */
export interface Surroundings {
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly random: () => number
  /** Resolves after so many milliseconds; rejects with the signal's reason when it aborts before. */
  readonly wait: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>
}

/** One HTTP attempt, told when its outcome is known. */
export interface AttemptReport {
  readonly resendCount: number
  readonly outcome: AttemptOutcome
  readonly startMilliseconds: number
  readonly failure: AttemptFailure | undefined
  readonly error: unknown
  readonly response: Response | undefined
  readonly delayMilliseconds: number
}

export interface AttemptLimits extends RetryOptions {
  readonly maxRetries: number
  /** Limit of one attempt, headers and body. */
  readonly timeoutMilliseconds: number
}

export interface Attempts {
  /** Sends until an answer is final: a success, an error that is not retried, or nothing left to try. Headers only. */
  next(): Promise<Response>
  /** Reads the body within the attempt's time. `retry` says that it was too slow and, where `mayRetry`, another attempt follows. */
  read(text: () => Promise<string>, mayRetry: boolean): Promise<{ readonly text: string } | { readonly retry: true }>
  /** The body is read by somebody else, without a limit of ours; tells how that ended. */
  settle(outcome: 'success' | 'aborted' | 'rejected', error?: unknown): void
  /** True when the last attempt that failed ran out of time: its error looks like an abort. */
  readonly isTimedOut: boolean
}

export interface AttemptRequest {
  readonly inner: Fetch
  readonly input: Parameters<Fetch>[0]
  readonly init: RequestInit | undefined
  readonly limits: AttemptLimits
  readonly budget: RetryBudget
  readonly report: (attempt: AttemptReport) => void
}

/** The attempts of one operation. One at a time; each is reported once. */
export function createAttempts(request: AttemptRequest, surroundings: Surroundings): Attempts {
  return new Operation(request, surroundings)
}

/** A class: as closures its parts were made anew for every call, which cost as much as sending it did. */
class Operation implements Attempts {
  readonly #request: AttemptRequest
  readonly #surroundings: Surroundings
  readonly #callerSignal: AbortSignal | undefined
  readonly #deadline: number
  #resendCount = 0
  #lastCost: number | undefined
  #open: TimedAttempt | undefined
  /** Reported, but the body of its response is still to be read: the caller's abort has to reach it. */
  #handedOut: TimedAttempt | undefined
  #isTimedOut = false
  /** The deadline of the operation comes before the time-out of this attempt. */
  #isCut = false

  constructor(request: AttemptRequest, surroundings: Surroundings) {
    this.#request = request
    this.#surroundings = surroundings
    this.#callerSignal = request.init?.signal ?? undefined
    this.#deadline = surroundings.now() + operationDeadline(request.limits)
  }

  get isTimedOut(): boolean {
    return this.#isTimedOut
  }

  async next(): Promise<Response> {
    const { inner, input, init, limits } = this.#request
    const { now } = this.#surroundings
    for (;;) {
      const start = now()
      const timeout = Math.min(limits.timeoutMilliseconds, Math.max(1, this.#deadline - start))
      const attempt = new TimedAttempt(start, timeout, this.#callerSignal)
      this.#open = attempt
      this.#isCut = timeout < limits.timeoutMilliseconds
      let response: Response
      try {
        response = await inner(input, attemptInit(init, this.#resendCount, attempt.signal))
      } catch (error) {
        const failure = this.#failureOf(attempt)
        this.#isTimedOut = failure.kind === 'timeout'
        if (await this.#fail(failure, error)) continue
        throw error
      }
      if (response.ok) {
        attempt.pause(now())
        return response
      }
      const failure = {
        kind: 'status',
        status: response.status,
        headers: response.headers,
        errorCode: await errorCode(response),
      } as const
      if (this.#callerSignal?.aborted === true) {
        this.#close('aborted')
        // where another attempt would follow, the caller's abort is the end; else the answer is
        if (isRetryable(failure) && this.#resendCount < limits.maxRetries) throw this.#callerSignal.reason
        return response
      }
      if (!(await this.#fail(failure, undefined, response))) return response
    }
  }

  async read(
    readText: () => Promise<string>,
    mayRetry: boolean,
  ): Promise<{ readonly text: string } | { readonly retry: true }> {
    const attempt = this.#open
    if (attempt === undefined) return { text: await readText() }
    attempt.resume(this.#surroundings.now())
    try {
      const text = await readText()
      this.#close('success')
      return { text }
    } catch (error) {
      const failure = this.#failureOf(attempt)
      // a body that breaks off is the caller's to see, as without us: only a slow one is asked for again
      this.#isTimedOut = failure.kind === 'timeout'
      if (this.#isTimedOut && mayRetry && (await this.#fail(failure, error))) return { retry: true }
      this.#close(closingOutcome(failure, this.#isCut), failure, error)
      throw failure.kind === 'timeout' ? new BodyTimeout(error) : error
    }
  }

  settle(outcome: 'success' | 'aborted' | 'rejected', error?: unknown): void {
    this.#close(outcome, undefined, error)
    this.#handedOut?.release()
    this.#handedOut = undefined
  }

  /** Reports the open attempt; waits and answers true when another one is to be made. */
  async #fail(failure: AttemptFailure, error: unknown, response?: Response): Promise<boolean> {
    const { limits, budget } = this.#request
    const { now, random, wait } = this.#surroundings
    const cost = retryCost(failure)
    const verdict = retryVerdict(
      failure,
      {
        ...limits,
        resendCount: this.#resendCount,
        // timers may fire before the clock shows their time
        nowMilliseconds: failure.kind === 'timeout' && this.#isCut ? this.#deadline : now(),
        deadlineMilliseconds: this.#deadline,
        hasBudget: budget.affords(cost),
      },
      random,
    )
    this.#close(verdict.outcome, failure, error, response, verdict.delayMilliseconds)
    if (verdict.outcome !== 'retried') return false
    budget.take(cost)
    this.#lastCost = cost
    discard(response)
    await wait(verdict.delayMilliseconds, this.#callerSignal)
    this.#resendCount++
    return true
  }

  #close(
    outcome: AttemptOutcome,
    failure?: AttemptFailure,
    error?: unknown,
    response?: Response,
    delayMilliseconds = 0,
  ): void {
    const attempt = this.#open
    if (attempt === undefined) return
    this.#open = undefined
    if (response !== undefined && outcome !== 'retried') {
      attempt.stopClock()
      this.#handedOut = attempt
    } else attempt.release()
    const { budget, report } = this.#request
    if (outcome === 'success') budget.refund(this.#lastCost)
    const { startMilliseconds } = attempt
    report({ resendCount: this.#resendCount, outcome, startMilliseconds, failure, error, response, delayMilliseconds })
  }

  #failureOf(attempt: TimedAttempt): AttemptFailure {
    if (attempt.isTimedOut) return { kind: 'timeout' }
    return { kind: this.#callerSignal?.aborted === true ? 'aborted' : 'connection' }
  }
}

/** The body of the last attempt came too slowly. Becomes the client's own timeout error where there is a client. */
export class BodyTimeout extends DOMException {
  constructor(cause: unknown) {
    super('The answer began in time, but its body did not end in time.', { name: 'TimeoutError', cause })
  }
}

/** How long an operation may take: all attempts, each with a longest wait before it. */
export function operationDeadline(limits: AttemptLimits): number {
  return (
    limits.deadlineMilliseconds ??
    (limits.maxRetries + 1) * limits.timeoutMilliseconds + limits.maxRetries * limits.maximumWaitMilliseconds
  )
}

function closingOutcome(failure: AttemptFailure, isCut: boolean): AttemptOutcome {
  if (failure.kind === 'aborted') return 'aborted'
  if (failure.kind !== 'timeout') return 'rejected'
  return isCut ? 'deadline' : 'exhausted'
}

/** The headers of the openai client say which attempt this is; other callers' requests stay as they are. */
function attemptInit(init: RequestInit | undefined, resendCount: number, signal: AbortSignal): RequestInit {
  if (resendCount === 0) return { ...init, signal }
  const headers = new Headers(init?.headers)
  if (!headers.has(RETRY_COUNT_HEADER)) return { ...init, signal }
  headers.set(RETRY_COUNT_HEADER, String(resendCount))
  return { ...init, headers, signal }
}
const RETRY_COUNT_HEADER = 'x-stainless-retry-count'

/**
 * Only a 429 needs its body read: an empty account is told from a busy one by the code. The response stays readable, and a
 * body that does not come is not waited for.
 */
async function errorCode(response: Response): Promise<string | undefined> {
  if (response.status !== 429) return undefined
  let forget: (() => void) | undefined
  try {
    const reader = response.clone().body?.getReader()
    forget = later(() => void reader?.cancel().catch(() => undefined), CODE_MILLISECONDS)
    const chunks: Uint8Array<ArrayBuffer>[] = []
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read())
      chunks.push(part.value)
    const body: unknown = JSON.parse(await new Blob(chunks).text())
    const isQuota = fieldOf(fieldOf(body, 'error'), 'type') === 'insufficient_quota'
    return isQuota ? 'insufficient_quota' : providerErrorCode(body)
  } catch {
    return undefined
  } finally {
    forget?.()
  }
}
const CODE_MILLISECONDS = 1000

function discard(response: Response | undefined): void {
  // the connection goes back to the pool; a body that cannot be cancelled is gone already
  response?.body?.cancel().catch(() => undefined)
}
