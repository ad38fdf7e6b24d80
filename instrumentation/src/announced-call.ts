import type { AttemptLimits } from './attempts.ts'
import type { CallRecord } from './call-record.ts'
import type { Api, RequestBody } from './request-facts.ts'
import type { RunScope } from './run-scope.ts'
import type { Context } from './telemetry.ts'
import { recordOf, type UnknownRecord } from './untyped.ts'

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
  /** A further attempt of the client has begun. */
  endWaiting?: () => void
}

/** Makes the errors of the client that is instrumented, for what goes wrong after it has seen the headers. */
export interface ClientErrors {
  readonly timeout: (cause: unknown) => unknown
  readonly connection: (cause: unknown) => unknown
  readonly status: (response: Response, text: string) => unknown
}

const CALL = Symbol('tidemark.call')
/** What is logged with a request shall not hold the call. */
const calls = new WeakMap<object, AnnouncedCall>()

/**
 * The options of a call whose requests say whose they are. A client asks again for a body from where its answer is awaited,
 * which is outside of the announcement.
 */
export function namingCall(options: UnknownRecord, call: AnnouncedCall): UnknownRecord {
  const name = Object.freeze({})
  calls.set(name, call)
  return { ...options, fetchOptions: { ...recordOf(options['fetchOptions']), [CALL]: name } }
}

/** The call that a request names. */
export function namedCall(request: RequestInit | undefined): AnnouncedCall | undefined {
  const name: unknown = request === undefined ? undefined : Reflect.get(request, CALL)
  return typeof name === 'object' && name !== null ? calls.get(name) : undefined
}
