import { AsyncLocalStorage } from 'node:async_hooks'
import { type AnnouncedCall, namedCall } from './announced-call.ts'
import { watchAnswer } from './answer-watch.ts'
import { type AttemptLimits, createAttempts, type Fetch, type Surroundings } from './attempts.ts'
import { beginCall, type CallRecord, type CallRecording, headOf, unrecorded } from './call-record.ts'
import { observeClientAttempt } from './client-attempt.ts'
import { type Endpoint, endpointOf } from './endpoint.ts'
import { aborted } from './error-type.ts'
import { createOpenCalls } from './open-calls.ts'
import type { RequestBody } from './request-facts.ts'
import { sharedRetryBudget } from './retry-budget.ts'
import type { RunScope } from './run-scope.ts'
import { endingError } from './slow-body.ts'
import { type Context, runInContext } from './telemetry.ts'
import { parsedJson, recordOf } from './untyped.ts'

export interface Seam {
  /** Runs the client's `create` so that its fetch finds the call. */
  announce<Result>(call: AnnouncedCall, fn: () => Result): Result
  /** A fetch that records the covered endpoints and passes every other request through untouched. */
  observe(inner: Fetch, limits?: AttemptLimits): Fetch
  /** Records a call whose fetch cannot be observed, from the answer that its client makes. Attempts stay unseen. */
  watchWhole(call: AnnouncedCall, url: string): WholeCall | undefined
  /** Ends the spans of calls that are still open, as abandoned. */
  endOpenCalls(): void
}

/** A call that is seen from outside its client. */
export interface WholeCall {
  readonly answered: (response: Response) => void
  readonly failed: (error: unknown) => void
}

export interface SeamSettings {
  readonly recording: CallRecording
  readonly surroundings: Surroundings
  /** What a call carries that no client has announced. */
  readonly scope: () => RunScope
  readonly parent: () => Context
}

interface TakenRequest {
  readonly record: CallRecord
  readonly call: AnnouncedCall | undefined
  readonly body: RequestBody
  /** Name of the retry budget. */
  readonly budget: string
}

/** Below it, everything belongs to a call that is recorded already: a fetch inside a fetch counts once. */
const OBSERVED = Symbol('observed')

export function createSeam({ recording, surroundings, scope, parent }: SeamSettings): Seam {
  const announced = new AsyncLocalStorage<AnnouncedCall | typeof OBSERVED>()
  const open = createOpenCalls()

  const trouble = (error: unknown): void =>
    recording.telemetry.trouble('traces', 'an answer could not be watched', error)

  const ended = (record: CallRecord): void => open.ended(record)

  const begin = (endpoint: Endpoint, call: AnnouncedCall | undefined, body: RequestBody): CallRecord => {
    const record = beginCall(recording, {
      endpoint,
      body,
      provider: call?.provider ?? endpoint.provider,
      scope: call?.scope ?? scope(),
      parent: call?.parent ?? parent(),
      ended,
    })
    open.began(record)
    return record
  }

  const observe = (inner: Fetch, fetchLimits?: AttemptLimits): Fetch => {
    const observed: Fetch = async (input, init) => {
      const around = announced.getStore()
      if (around === OBSERVED) return inner(input, init)
      const text = input instanceof Request ? await textIn(input, init) : init?.body
      const taken = take(around ?? namedCall(init), input, init, text)
      if (taken === undefined) return inner(input, init)
      const { record, call, body, budget } = taken
      const send: Fetch = (target, request) =>
        announced.run(OBSERVED, runInContext, record.context, inner, target, request)
      const limits = call === undefined ? fetchLimits : call.limits
      const isStreamRequested = body['stream'] === true
      const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
      const watch = { record, call, isStreamRequested, signal, open, trouble }
      if (limits === undefined || !isResendable(text)) {
        const sent = await observeClientAttempt({ send, input, init, signal, call, record, surroundings })
        return sent.isFinal ? watchAnswer(sent.response, { ...watch, clientAttempt: sent.open }) : sent.response
      }
      if (call !== undefined && init !== undefined) tellTimeout(init, call.explicitTimeoutMilliseconds)
      const attempts = createAttempts(
        {
          inner: send,
          input,
          // the body of a Request is gone once it is sent
          init: input instanceof Request ? { ...init, body: text ?? null, signal: signal ?? null } : init,
          limits,
          budget: sharedRetryBudget(budget, limits.budgetTokens),
          report: (attempt) => record.attempt(attempt),
        },
        surroundings,
      )
      let response: Response
      try {
        response = await attempts.next()
      } catch (error) {
        record.fail({ error: endingError(error, { attempts, signal: watch.signal }) })
        throw error
      }
      return watchAnswer(response, { ...watch, attempts })
    }
    return observed
  }

  /** What a request belongs to: a call, or one that cannot be recorded but whose retries we took from its client. */
  const take = (
    store: AnnouncedCall | undefined,
    input: Parameters<Fetch>[0],
    init: RequestInit | undefined,
    text: unknown,
  ): TakenRequest | undefined => {
    const endpoint = methodOf(input, init) === 'POST' ? endpointOf(input) : undefined
    if (endpoint === undefined) {
      if (store?.limits === undefined || !isOwnRequest(init)) return undefined
      const { host: budget } = new URL(input instanceof Request ? input.url : input)
      return { record: unrecorded(parent()), call: store, body: store.body, budget }
    }
    const call = store?.api === endpoint.api ? store : undefined
    const body = call?.body ?? recordOf(typeof text === 'string' ? parsedJson(text) : undefined)
    if (body === undefined) return undefined
    const { budget } = endpoint
    if (call?.record?.isEnded === false) return { record: call.record, call, body, budget }
    try {
      return { record: begin(endpoint, call, body), call, body, budget }
    } catch (error) {
      recording.telemetry.trouble('traces', 'a call could not be recorded', error)
      return { record: unrecorded(parent()), call, body, budget }
    }
  }

  return {
    announce: (call, fn) => announced.run(call, fn),
    observe,
    watchWhole(call, url) {
      const endpoint = endpointOf(url)
      if (endpoint === undefined) return undefined
      try {
        const record = begin(endpoint, call, call.body)
        const isStreamRequested = call.body['stream'] === true
        return {
          answered(response) {
            if (response.bodyUsed) record.succeed(undefined, headOf(response))
            else watchAnswer(response, { record, call, isStreamRequested, signal: call.signal, open, trouble })
          },
          failed: (error) => record.fail({ error: call.signal?.aborted === true ? aborted() : error }),
        }
      } catch (error) {
        trouble(error)
        return undefined
      }
    },
    endOpenCalls() {
      open.abandonAll()
    },
  }
}

/** The body of a request that is an object of its own; others read it only once, so that a copy is read. */
async function textIn(input: Request, init: RequestInit | undefined): Promise<RequestInit['body']> {
  if (init?.body != null || input.body === null || input.bodyUsed) return init?.body
  return input.method === 'POST' && endpointOf(input) !== undefined ? input.clone().text() : undefined
}

/** The client's own `create`, with the time that we gave it: what else it sends meanwhile (a token) has no such header. */
function isOwnRequest(init: RequestInit | undefined): boolean {
  const headers = new Headers(init?.headers)
  return headers.has('x-stainless-timeout') && headers.has('x-stainless-retry-count')
}

/** False for bodies that are gone once they are sent. */
function isResendable(body: unknown): boolean {
  if (typeof body === 'string') return true
  return typeof body === 'object' && body !== null && !(Symbol.asyncIterator in body)
}

/** The client's header tells the server the caller's timeout, not the limit of the whole operation that we gave the client. */
function tellTimeout(init: RequestInit, explicitMilliseconds: number | undefined): void {
  if (!(init.headers instanceof Headers)) return
  if (explicitMilliseconds === undefined) init.headers.delete('x-stainless-timeout')
  else init.headers.set('x-stainless-timeout', String(Math.trunc(explicitMilliseconds / 1000)))
}

function methodOf(input: Parameters<Fetch>[0], init: RequestInit | undefined): string {
  return (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase()
}
