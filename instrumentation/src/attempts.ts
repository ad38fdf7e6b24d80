import type { RetryOptions } from './options.ts'
import { type RetryBudget, retryCost } from './retry-budget.ts'
import { type AttemptFailure, retryVerdict } from './retry-policy.ts'
import type { AttemptOutcome } from './semconv.ts'
import { fieldOf, textOf } from './untyped.ts'

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
export function createAttempts(request: AttemptRequest, { now, random, wait }: Surroundings): Attempts {
  const { inner, input, init, limits, budget, report } = request
  const callerSignal = init?.signal ?? undefined
  const deadline = now() + operationDeadline(limits)
  let resendCount = 0
  let lastCost: number | undefined
  let open: OpenAttempt | undefined
  let isTimedOut = false

  /** Reports the open attempt; waits and answers true when another one is to be made. */
  const fail = async (failure: AttemptFailure, error: unknown, response?: Response): Promise<boolean> => {
    const cost = retryCost(failure)
    const verdict = retryVerdict(
      failure,
      {
        ...limits,
        resendCount,
        nowMilliseconds: now(),
        deadlineMilliseconds: deadline,
        hasBudget: budget.affords(cost),
      },
      random,
    )
    close(verdict.outcome, failure, error, response, verdict.delayMilliseconds)
    if (verdict.outcome !== 'retried') return false
    budget.take(cost)
    lastCost = cost
    discard(response)
    await wait(verdict.delayMilliseconds, callerSignal)
    resendCount++
    return true
  }

  const close = (
    outcome: AttemptOutcome,
    failure?: AttemptFailure,
    error?: unknown,
    response?: Response,
    delayMilliseconds = 0,
  ): void => {
    if (open === undefined) return
    const { startMilliseconds, release } = open
    open = undefined
    release()
    if (outcome === 'success') budget.refund(lastCost)
    report({ resendCount, outcome, startMilliseconds, failure, error, response, delayMilliseconds })
  }

  return {
    async next() {
      for (;;) {
        const attempt = openAttempt(now(), limits.timeoutMilliseconds, callerSignal)
        open = attempt
        let response: Response
        try {
          response = await inner(input, { ...init, ...resendHeaders(init, resendCount), signal: attempt.signal })
        } catch (error) {
          const failure = failureOf(attempt, callerSignal)
          isTimedOut = failure.kind === 'timeout'
          if (await fail(failure, error)) continue
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
        if (callerSignal?.aborted === true || !(await fail(failure, undefined, response))) {
          close('aborted')
          return response
        }
      }
    },
    async read(readText, mayRetry) {
      const attempt = open
      if (attempt === undefined) return { text: await readText() }
      attempt.resume()
      try {
        const text = await readText()
        close('success')
        return { text }
      } catch (error) {
        const failure = failureOf(attempt, callerSignal)
        // a body that breaks off is the caller's to see, as without us: only a slow one is asked for again
        isTimedOut = failure.kind === 'timeout'
        if (isTimedOut && mayRetry && (await fail(failure, error))) return { retry: true }
        close(closingOutcome(failure), failure, error)
        throw failure.kind === 'timeout' ? new BodyTimeout(error) : error
      }
    },
    settle(outcome, error) {
      close(outcome, undefined, error)
    },
    get isTimedOut() {
      return isTimedOut
    },
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

interface OpenAttempt {
  readonly startMilliseconds: number
  readonly signal: AbortSignal
  readonly isTimedOut: () => boolean
  /** Stops the clock: the body's reader may be slow for reasons of its own. */
  readonly pause: (nowMilliseconds: number) => void
  /** Starts it again with the time that the headers left. */
  readonly resume: () => void
  readonly release: () => void
}

function openAttempt(startMilliseconds: number, timeout: number, callerSignal: AbortSignal | undefined): OpenAttempt {
  const controller = new AbortController()
  let isTimedOut = false
  let left = timeout
  let timer: NodeJS.Timeout | undefined
  const arm = (milliseconds: number): void => {
    timer = setTimeout(() => {
      isTimedOut = true
      controller.abort()
    }, milliseconds)
  }
  const forward = (): void => controller.abort(callerSignal?.reason)
  if (callerSignal?.aborted === true) forward()
  else callerSignal?.addEventListener('abort', forward, { once: true })
  arm(timeout)
  return {
    startMilliseconds,
    signal: controller.signal,
    isTimedOut: () => isTimedOut,
    pause(nowMilliseconds) {
      clearTimeout(timer)
      left = Math.max(1, startMilliseconds + timeout - nowMilliseconds)
    },
    resume: () => arm(left),
    release() {
      clearTimeout(timer)
      callerSignal?.removeEventListener('abort', forward)
    },
  }
}

function closingOutcome(failure: AttemptFailure): AttemptOutcome {
  if (failure.kind === 'aborted') return 'aborted'
  return failure.kind === 'timeout' ? 'exhausted' : 'rejected'
}

function failureOf(attempt: OpenAttempt, callerSignal: AbortSignal | undefined): AttemptFailure {
  if (attempt.isTimedOut()) return { kind: 'timeout' }
  return { kind: callerSignal?.aborted === true ? 'aborted' : 'connection' }
}

/** The headers of the openai client say which attempt this is; other callers' requests stay as they are. */
function resendHeaders(init: RequestInit | undefined, resendCount: number): RequestInit {
  if (resendCount === 0) return {}
  const headers = new Headers(init?.headers)
  if (!headers.has(RETRY_COUNT_HEADER)) return {}
  headers.set(RETRY_COUNT_HEADER, String(resendCount))
  return { headers }
}
const RETRY_COUNT_HEADER = 'x-stainless-retry-count'

/** Only a 429 needs its body read: an empty account is told from a busy one by the code. The response stays readable. */
async function errorCode(response: Response): Promise<string | undefined> {
  if (response.status !== 429) return undefined
  try {
    const body: unknown = JSON.parse(await response.clone().text())
    const error = fieldOf(body, 'error')
    const code = textOf(fieldOf(error, 'code'))
    const type = textOf(fieldOf(error, 'type'))
    return code === 'insufficient_quota' || type === 'insufficient_quota' ? 'insufficient_quota' : (code ?? type)
  } catch {
    return undefined
  }
}

function discard(response: Response | undefined): void {
  // the connection goes back to the pool; a body that cannot be cancelled is gone already
  response?.body?.cancel().catch(() => undefined)
}
