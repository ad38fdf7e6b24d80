import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type AttemptLimits,
  type AttemptReport,
  type Attempts,
  BodyTimeout,
  createAttempts,
  type Fetch,
  type Surroundings,
} from './attempts.ts'
import { beginCall, type CallRecord, type CallRecording, unrecorded } from './call-record.ts'
import { createBodyCollector } from './body-collector.ts'
import { providerName } from './provider-name.ts'
import { type Api, apiOfPath, type RequestBody } from './request-facts.ts'
import { defineOwn, watchBody } from './response-body.ts'
import { sharedRetryBudget } from './retry-budget.ts'
import { isRetryable } from './retry-policy.ts'
import type { RunScope } from './run-scope.ts'
import { type Context, runInContext } from './telemetry.ts'
import { recordOf } from './untyped.ts'

/** A call that a client's `create` method has announced; the fetch that belongs to it takes its facts from here. */
export interface AnnouncedCall {
  readonly api: Api
  readonly body: RequestBody
  readonly provider: string
  readonly scope: RunScope
  readonly parent: Context
  /** Our limits; `undefined` where the client retries itself. */
  limits: AttemptLimits | undefined
  /** Retries the client makes itself; only for attempts that are not ours. */
  clientRetries: number
  /** The timeout the caller wrote into this one call, as the client's header tells it. */
  explicitTimeoutMilliseconds: number | undefined
  /** The caller's own signal: an abort by it is no abandonment. */
  signal: AbortSignal | undefined
  readonly errors: ClientErrors
  /** The record of attempts that the client makes itself. */
  record?: CallRecord
}

/** Makes the errors of the client that is instrumented, for what goes wrong after it has seen the headers. */
export interface ClientErrors {
  readonly timeout: (cause: unknown) => unknown
  readonly connection: (cause: unknown) => unknown
  readonly status: (response: Response, text: string) => unknown
}

export interface Seam {
  /** Runs the client's `create` so that its fetch finds the call. */
  announce<Result>(call: AnnouncedCall, fn: () => Result): Result
  /** A fetch that records the covered endpoints and passes every other request through untouched. */
  observe(inner: Fetch, limits?: AttemptLimits): Fetch
  /** Ends the spans of calls that are still open, as abandoned. */
  endOpenCalls(): void
}

export interface SeamSettings {
  readonly recording: CallRecording
  readonly surroundings: Surroundings
  /** What a call carries that no client has announced. */
  readonly scope: () => RunScope
  readonly parent: () => Context
  readonly budgetTokens: number
}

/** Below it, everything belongs to a call that is recorded already: a fetch inside a fetch counts once. */
const OBSERVED = Symbol('observed')

export function createSeam({ recording, surroundings, scope, parent, budgetTokens }: SeamSettings): Seam {
  const announced = new AsyncLocalStorage<AnnouncedCall | typeof OBSERVED>()
  const open = new Set<CallRecord>()
  // a response that nobody reads and nobody keeps ends its call here
  const forgotten = new FinalizationRegistry<CallRecord>((record) => record.abandon(undefined, undefined))

  const trouble = (error: unknown): void =>
    recording.telemetry.trouble('traces', 'an answer could not be watched', error)

  const begin = (api: Api, call: AnnouncedCall | undefined, body: RequestBody, url: URL): CallRecord => {
    const record = beginCall(recording, {
      api,
      body,
      url,
      provider: call?.provider ?? providerName(url.hostname),
      scope: call?.scope ?? scope(),
      parent: call?.parent ?? parent(),
      ended: () => open.delete(record),
    })
    open.add(record)
    return record
  }

  const observe = (inner: Fetch, fetchLimits?: AttemptLimits): Fetch => {
    const observed: Fetch = async (input, init) => {
      const store = announced.getStore()
      if (store === OBSERVED) return inner(input, init)
      const url = urlOf(input)
      const api = url === undefined ? undefined : apiOfPath(url.pathname)
      if (url === undefined || api === undefined || methodOf(input, init) !== 'POST') return inner(input, init)
      const call = store?.api === api ? store : undefined
      const body = call?.body ?? recordOf(parsed(init?.body))
      if (body === undefined) return inner(input, init)
      let record: CallRecord
      try {
        record = call?.record?.isEnded === false ? call.record : begin(api, call, body, url)
      } catch (error) {
        recording.telemetry.trouble('traces', 'a call could not be recorded', error)
        record = unrecorded(parent())
      }
      const send: Fetch = (target, request) =>
        announced.run(OBSERVED, () => runInContext(record.context, () => inner(target, request)))
      const limits = call === undefined ? fetchLimits : call.limits
      if (limits === undefined || typeof init?.body !== 'string') {
        return watched(await passedThrough({ send, input, init, call, record, surroundings }), {
          record,
          call,
          init,
          forgotten,
          trouble,
        })
      }
      if (call !== undefined) tellTimeout(init, call.explicitTimeoutMilliseconds)
      const attempts = createAttempts(
        {
          inner: send,
          input,
          init,
          limits,
          budget: sharedRetryBudget(`${providerName(url.hostname)} ${url.host}`, budgetTokens),
          report: record.attempt,
        },
        surroundings,
      )
      try {
        return watched(await attempts.next(), { record, call, init, forgotten, trouble, attempts })
      } catch (error) {
        record.fail({ error: endingError(error, attempts, init?.signal) })
        throw error
      }
    }
    return observed
  }

  return {
    announce: (call, fn) => announced.run(call, fn),
    observe,
    endOpenCalls() {
      for (const record of open) record.abandon(undefined, undefined)
    },
  }
}

interface PassedThrough {
  readonly send: Fetch
  readonly input: Parameters<Fetch>[0]
  readonly init: RequestInit | undefined
  readonly call: AnnouncedCall | undefined
  readonly record: CallRecord
  readonly surroundings: Surroundings
}

/** One attempt whose retries, if any, are its sender's. */
async function passedThrough({ send, input, init, call, record, surroundings }: PassedThrough): Promise<Observed> {
  const startMilliseconds = surroundings.now()
  const resendCount = Number(new Headers(init?.headers).get('x-stainless-retry-count') ?? 0)
  const willBeSentAgain = call !== undefined && resendCount < call.clientRetries
  if (call !== undefined) call.record = record
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
    throw error
  }
  if (response.ok) {
    report({ outcome: 'success', failure: undefined, error: undefined, response })
    return { response, isFinal: true }
  }
  const failure = { kind: 'status', status: response.status, headers: response.headers, errorCode: undefined } as const
  const outcome = !isRetryable(failure) ? 'rejected' : willBeSentAgain ? 'retried' : 'exhausted'
  report({ outcome, failure, error: undefined, response })
  return { response, isFinal: outcome !== 'retried' }
}

interface Observed {
  readonly response: Response
  readonly isFinal: boolean
}

interface Watching {
  readonly record: CallRecord
  readonly call: AnnouncedCall | undefined
  readonly init: RequestInit | undefined
  readonly forgotten: FinalizationRegistry<CallRecord>
  readonly attempts?: Attempts
  readonly trouble: (error: unknown) => void
}

/** Lets the record see how the answer is read, and ends it with the last byte. */
function watched(answer: Response | Observed, watching: Watching): Response {
  const { response, isFinal } = 'isFinal' in answer ? answer : { response: answer, isFinal: true }
  if (!isFinal) return response
  const { record, call, init, forgotten, attempts, trouble } = watching
  const isStream = response.headers.get('content-type')?.includes('text/event-stream') === true
  const collector = createBodyCollector(isStream)
  const signal = init?.signal ?? undefined
  const ended = (): void => signal?.removeEventListener('abort', interrupted)
  const finish = (text?: string): void => {
    ended()
    const { body, error } = collector.answer(text)
    if (!response.ok) return record.fail({ response, body })
    attempts?.settle('success')
    if (error === undefined) record.succeed(body, response)
    else record.fail({ response, body: error })
  }
  /** The reader left, or the request was aborted: complete if the provider had said so before. */
  const interrupted = (): void => {
    if (record.isEnded) return
    const { body, isComplete, error } = collector.answer()
    if (isComplete || error !== undefined) return finish()
    ended()
    const isAborted = (call === undefined ? signal : call.signal)?.aborted === true
    attempts?.settle('aborted')
    if (isAborted) record.fail({ error: aborted(), response, body })
    else record.abandon(body, response)
  }
  const failed = (error: unknown): void => {
    if (record.isEnded) return
    if (signal?.aborted === true) return interrupted()
    ended()
    attempts?.settle('rejected', error)
    record.fail({ error, response, body: collector.answer().body })
  }
  if (hasNoBody(response)) {
    finish()
    return response
  }
  const chunk = (bytes: Uint8Array): void => {
    collector.add(bytes)
    if (isStream && response.ok) record.chunk()
  }
  /** What the reader does must not fail for what we make of it. */
  const quietly = <Argument>(fn: (argument: Argument) => void): ((argument: Argument) => void) => {
    return (argument) => {
      try {
        fn(argument)
      } catch (error) {
        trouble(error)
      }
    }
  }
  try {
    const { unwatchedText } = watchBody(response, {
      chunk: quietly(chunk),
      done: quietly(finish),
      cancelled: () => quietly(interrupted)(undefined),
      failed: quietly(failed),
    })
    if (attempts !== undefined && response.ok && !isStream) readWithRetries(response, unwatchedText, attempts, watching)
  } catch (error) {
    // a response of somebody else's making that cannot be watched: the call is recorded without its answer
    trouble(error)
    finish()
  }
  // a stream that is aborted before anybody reads it
  if (isStream) signal?.addEventListener('abort', interrupted, { once: true })
  forgotten.register(response, record)
  return response
}

/**
 * Lets a body that is too slow be asked for again, as the client itself does: the response the application holds then
 * speaks for the attempt that answered.
 */
function readWithRetries(
  response: Response,
  unwatchedText: () => Promise<string>,
  attempts: Attempts,
  { record, call, init }: Watching,
): void {
  const fail = (error: unknown): void => record.fail({ error: endingError(error, attempts, init?.signal) })
  const readText = async (): Promise<string> => {
    let current = response
    let read = unwatchedText
    for (;;) {
      try {
        const body = await attempts.read(read, call !== undefined)
        if (!('retry' in body)) {
          record.succeed(parsed(body.text), current)
          return body.text
        }
      } catch (error) {
        fail(error)
        // what breaks off in the body reaches the application as it is, as without us
        throw call !== undefined && error instanceof BodyTimeout ? call.errors.timeout(error) : error
      }
      current = await nextAttempt(attempts, call, fail)
      if (!current.ok) {
        const text = await current.text()
        record.fail({ response: current, body: parsed(text) })
        throw call?.errors.status(current, text)
      }
      speakFor(response, current)
      read = current.text.bind(current)
    }
  }
  defineOwn(response, 'text', readText)
  defineOwn(response, 'json', async () => JSON.parse(await readText()))
}

/** What telemetry says of an error: transports report our time-outs as aborts, and aborts by whatever reason was given. */
function endingError(error: unknown, attempts: Attempts, signal: AbortSignal | null | undefined): unknown {
  if (signal?.aborted === true) return aborted()
  return attempts.isTimedOut ? new BodyTimeout(error) : error
}

function aborted(): DOMException {
  return new DOMException('aborted by the caller', 'AbortError')
}

/** A further attempt fails with the error that the client would have made of it. */
async function nextAttempt(
  attempts: Attempts,
  call: AnnouncedCall | undefined,
  fail: (error: unknown) => void,
): Promise<Response> {
  try {
    return await attempts.next()
  } catch (error) {
    fail(error)
    if (call === undefined || call.signal?.aborted === true) throw error
    throw attempts.isTimedOut ? call.errors.timeout(error) : call.errors.connection(error)
  }
}

const MIRRORED = ['headers', 'ok', 'redirected', 'status', 'statusText', 'url'] as const

function speakFor(response: Response, current: Response): void {
  for (const name of MIRRORED) defineOwn(response, name, current[name])
}

/** The client's header tells the server the caller's timeout, not the limit of the whole operation that we gave the client. */
function tellTimeout(init: RequestInit, explicitMilliseconds: number | undefined): void {
  if (!(init.headers instanceof Headers)) return
  if (explicitMilliseconds === undefined) init.headers.delete('x-stainless-timeout')
  else init.headers.set('x-stainless-timeout', String(Math.trunc(explicitMilliseconds / 1000)))
}

function hasNoBody(response: Response): boolean {
  return response.body === null || response.status === 204 || response.headers.get('content-length') === '0'
}

function urlOf(input: Parameters<Fetch>[0]): URL | undefined {
  const text = input instanceof Request ? input.url : String(input)
  return URL.canParse(text) ? new URL(text) : undefined
}

function methodOf(input: Parameters<Fetch>[0], init: RequestInit | undefined): string {
  return (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase()
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
