import { AsyncLocalStorage } from 'node:async_hooks'
import { type AnnouncedCall, namedCall } from './announced-call.ts'
import { type Forgotten, watchAnswer } from './answer-watch.ts'
import { type AttemptLimits, createAttempts, type Fetch, type Surroundings } from './attempts.ts'
import { beginCall, type CallRecord, type CallRecording, headOf, unrecorded } from './call-record.ts'
import { observeClientAttempt } from './client-attempt.ts'
import { type Endpoint, endpointOf } from './endpoint.ts'
import { aborted } from './error-type.ts'
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

/** Below it, everything belongs to a call that is recorded already: a fetch inside a fetch counts once. */
const OBSERVED = Symbol('observed')

export function createSeam({ recording, surroundings, scope, parent }: SeamSettings): Seam {
  const announced = new AsyncLocalStorage<AnnouncedCall | typeof OBSERVED>()
  const open = new Set<CallRecord>()
  // a response that nobody reads and nobody keeps ends its call here
  const forgotten = new FinalizationRegistry<Forgotten>(({ record, attempts }) => {
    attempts?.settle('aborted')
    record.abandon(undefined, undefined)
  })

  const trouble = (error: unknown): void =>
    recording.telemetry.trouble('traces', 'an answer could not be watched', error)

  const ended = (record: CallRecord): void => {
    open.delete(record)
    // what is registered outlives every minor collection
    forgotten.unregister(record)
  }

  const begin = (endpoint: Endpoint, call: AnnouncedCall | undefined, body: RequestBody): CallRecord => {
    const record = beginCall(recording, {
      endpoint,
      body,
      provider: call?.provider ?? endpoint.provider,
      scope: call?.scope ?? scope(),
      parent: call?.parent ?? parent(),
      ended,
    })
    open.add(record)
    return record
  }

  const observe = (inner: Fetch, fetchLimits?: AttemptLimits): Fetch => {
    const observed: Fetch = async (input, init) => {
      const around = announced.getStore()
      if (around === OBSERVED) return inner(input, init)
      const store = around ?? namedCall(init)
      const endpoint = endpointOf(input)
      if (endpoint === undefined || methodOf(input, init) !== 'POST') return unseen(store, inner, input, init)
      const call = store?.api === endpoint.api ? store : undefined
      const body = call?.body ?? recordOf(typeof init?.body === 'string' ? parsedJson(init.body) : undefined)
      if (body === undefined) return inner(input, init)
      let record: CallRecord
      try {
        record = call?.record?.isEnded === false ? call.record : begin(endpoint, call, body)
      } catch (error) {
        recording.telemetry.trouble('traces', 'a call could not be recorded', error)
        record = unrecorded(parent())
      }
      const send: Fetch = (target, request) =>
        announced.run(OBSERVED, runInContext, record.context, inner, target, request)
      const limits = call === undefined ? fetchLimits : call.limits
      const isStreamRequested = body['stream'] === true
      const watch = { record, call, isStreamRequested, signal: init?.signal ?? undefined, forgotten, trouble }
      if (limits === undefined || !isResendable(init?.body)) {
        const sent = await observeClientAttempt({ send, input, init, call, record, surroundings })
        return sent.isFinal ? watchAnswer(sent.response, { ...watch, clientAttempt: sent.open }) : sent.response
      }
      if (call !== undefined && init !== undefined) tellTimeout(init, call.explicitTimeoutMilliseconds)
      const attempts = createAttempts(
        {
          inner: send,
          input,
          init,
          limits,
          budget: sharedRetryBudget(endpoint.budget, limits.budgetTokens),
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

  /** A request that cannot be recorded; where we took its retries from the client, we make them. */
  async function unseen(
    call: AnnouncedCall | undefined,
    inner: Fetch,
    input: Parameters<Fetch>[0],
    init: RequestInit | undefined,
  ): Promise<Response> {
    const limits = call?.limits
    if (limits === undefined || !isOwnRequest(init) || !isResendable(init?.body)) return inner(input, init)
    if (init !== undefined) tellTimeout(init, call?.explicitTimeoutMilliseconds)
    const budget = sharedRetryBudget(input instanceof Request ? input.url : String(input), limits.budgetTokens)
    const request = { inner, input, init, limits, budget, report: () => undefined }
    const attempts = createAttempts(request, surroundings)
    const response = await attempts.next()
    attempts.settle(response.ok ? 'success' : 'rejected')
    return response
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
            else watchAnswer(response, { record, call, isStreamRequested, signal: call.signal, forgotten, trouble })
          },
          failed: (error) => record.fail({ error: call.signal?.aborted === true ? aborted() : error }),
        }
      } catch (error) {
        trouble(error)
        return undefined
      }
    },
    endOpenCalls() {
      for (const record of open) record.abandon(undefined, undefined)
    },
  }
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
