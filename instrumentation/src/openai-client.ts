import { type AttemptLimits, type Fetch, operationDeadline } from './attempts.ts'
import { type AnnouncedCall, type ClientErrors, namingCall } from './announced-call.ts'
import { defineOwn } from './body-stream.ts'
import type { Seam } from './fetch-seam.ts'
import type { RetryOptions } from './options.ts'
import { TidemarkError } from './errors.ts'
import { providerName } from './provider-name.ts'
import type { Api, RequestBody } from './request-facts.ts'
import type { RunScope } from './run-scope.ts'
import { activeContext, type Telemetry, warn } from './telemetry.ts'
import { fieldOf, parsedJson, recordOf, type UnknownRecord } from './untyped.ts'

/** What `instrument` needs of a client of the openai package, majors 6 and 7, Azure included. */
export interface OpenAIClient {
  readonly baseURL: string
  readonly maxRetries: number
  readonly timeout: number
  /** A client like this one with other options. */
  withOptions(options: object): this
}

export interface InstrumentSettings {
  readonly seam: Seam
  readonly telemetry: Telemetry
  /** `false` leaves retries to the client. */
  readonly retry: RetryOptions | false
  readonly scope: () => RunScope
}

/** Node fires longer timers at once, milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1
/** Our deadline has to come before the client's own timer, milliseconds. */
const MARGIN = 1000

/** The client that an instrumented one was made of: instrumenting twice never counts twice. */
const originals = new WeakMap<object, object>()

/**
 * A clone of the client whose `create` methods announce their calls to the seam and whose fetch belongs to it.
 * Own properties of the clone only: no prototype is patched, no promise is touched, the client given stays as it was.
 */
export function instrumentClient<Client extends OpenAIClient>(client: Client, settings: InstrumentSettings): Client {
  const inner: unknown = fieldOf(client, 'fetch')
  if (typeof inner !== 'function' || typeof fieldOf(client, 'withOptions') !== 'function') {
    throw new TidemarkError(
      'client_unsupported',
      'instrument: expected a client of the openai package (version 6 or 7). For other SDKs pass tidemark.fetch() as their fetch.',
    )
  }
  if (originals.has(client)) {
    warn('this client is instrumented already: it is returned as it is')
    return client
  }
  warnOfPatches(client)
  let clone: Client
  let isWhole = false
  try {
    clone = client.withOptions({ fetch: settings.seam.observe(isFetch(inner) ? inner : globalThis.fetch) })
  } catch (error) {
    // X.509 workload identity refuses every foreign fetch
    warn('this client accepts no fetch: its calls are recorded as a whole, retries stay its own and unseen', error)
    clone = client.withOptions({})
    isWhole = true
  }
  decorate(clone, settings, isWhole)
  originals.set(clone, client)
  settings.telemetry.announceProvider(providerOf(client))
  return clone
}

/** `isWhole` where the client's fetch is not ours: calls are then seen by their answer alone. */
function decorate(client: OpenAIClient, settings: InstrumentSettings, isWhole: boolean): void {
  const identity = createIdentity(client)
  const retry = preparesRequests(client) ? false : settings.retry
  for (const [api, path] of COVERED) {
    const resource = recordOf(path.reduce<unknown>(fieldOf, client))
    const create = resource?.['create']
    if (resource === undefined || typeof create !== 'function') continue
    defineOwn(
      resource,
      'create',
      function (this: unknown, body: unknown, options: unknown, ...rest: unknown[]): unknown {
        const request = recordOf(body)
        if (request === undefined) return Reflect.apply(create, this, [body, options, ...rest])
        const call = announcedCall(api, request, client, settings, identity())
        if (isWhole) {
          call.signal = signalOf(options)
          return watchWhole(Reflect.apply(create, this, [body, options, ...rest]), call, client, settings)
        }
        const adjusted = isPromise(options)
          ? options.then((resolved: unknown) => adjustOptions(resolved, call, client, retry))
          : adjustOptions(options, call, client, retry)
        return settings.seam.announce(call, () => Reflect.apply(create, this, [body, adjusted, ...rest]))
      },
    )
  }
  const withOptions = client.withOptions.bind(client)
  defineOwn(client, 'withOptions', (options: object): OpenAIClient => {
    const clone = withOptions(options)
    const fetch = fieldOf(clone, 'fetch')
    // one of these options, or the runtime's where the client hands its own to nobody
    if (!isWhole && isFetch(fetch) && fetch !== fieldOf(client, 'fetch')) {
      Reflect.set(clone, 'fetch', settings.seam.observe(fetch))
    }
    decorate(clone, settings, isWhole)
    originals.set(clone, client)
    return clone
  })
}

/** The response behind the client's promise, before the client reads it; the promise itself goes on untouched. */
function watchWhole(
  promise: unknown,
  call: AnnouncedCall,
  client: OpenAIClient,
  { seam }: InstrumentSettings,
): unknown {
  // the client reads in the turn in which this promise resolves; its public `asResponse` comes a turn too late for the body
  const inner = fieldOf(promise, 'responsePromise')
  const asResponse = fieldOf(promise, 'asResponse')
  if (!(inner instanceof Promise) && typeof asResponse !== 'function') return promise
  const whole = seam.watchWhole(call, `${client.baseURL}${PATH[call.api]}`)
  const answered = (response: unknown): void => {
    if (response instanceof Response) whole?.answered(response)
  }
  const failed = (error: unknown): void => whole?.failed(error)
  if (inner instanceof Promise) inner.then((properties: unknown) => answered(fieldOf(properties, 'response')), failed)
  else if (typeof asResponse === 'function') {
    Promise.resolve(Reflect.apply(asResponse, promise, [])).then(answered, failed)
  }
  return promise
}

const PATH: Readonly<Record<Api, string>> = {
  chat_completions: '/chat/completions',
  responses: '/responses',
  embeddings: '/embeddings',
}

function signalOf(options: unknown): AbortSignal | undefined {
  const signal = fieldOf(options, 'signal')
  return signal instanceof AbortSignal ? signal : undefined
}

const COVERED: readonly (readonly [Api, readonly string[]])[] = [
  ['chat_completions', ['chat', 'completions']],
  ['responses', ['responses']],
  ['embeddings', ['embeddings']],
]

function announcedCall(
  api: Api,
  body: RequestBody,
  client: OpenAIClient,
  { scope }: InstrumentSettings,
  { provider, errors }: Identity,
): AnnouncedCall {
  return {
    api,
    body,
    provider,
    scope: scope(),
    parent: activeContext(),
    limits: undefined,
    clientRetries: client.maxRetries,
    explicitTimeoutMilliseconds: undefined,
    signal: undefined,
    errors,
  }
}

/** Fills in the limits of the call, and gives the client one attempt and the time of the whole operation. */
function adjustOptions(
  given: unknown,
  call: AnnouncedCall,
  client: OpenAIClient,
  retry: RetryOptions | false,
): unknown {
  const options: UnknownRecord = recordOf(given) ?? {}
  const { signal, timeout, maxRetries } = options
  call.signal = signal instanceof AbortSignal ? signal : undefined
  const retries = maxRetries ?? client.maxRetries
  const timeoutMilliseconds = timeout ?? client.timeout
  // what the client would refuse, the client shall refuse
  if (!isCount(retries) || !isCount(timeoutMilliseconds) || timeoutMilliseconds === 0) return given
  call.clientRetries = retries
  if (retry === false) return namingCall(options, call)
  const { limits, own } = limitsFor(retry, retries, timeoutMilliseconds)
  call.limits = limits
  call.explicitTimeoutMilliseconds = isCount(timeout) ? timeout : undefined
  return given === undefined ? own : { ...options, ...own }
}

interface Limits {
  readonly limits: AttemptLimits
  /** What the client gets: one attempt, and the time of the whole operation. */
  readonly own: { readonly maxRetries: 0; readonly timeout: number }
}

/** The calls of an agent have the same limits: those of the last one are kept. */
let lastLimits: (Limits & { readonly retry: RetryOptions }) | undefined

function limitsFor(retry: RetryOptions, maxRetries: number, timeoutMilliseconds: number): Limits {
  if (
    lastLimits?.retry === retry &&
    lastLimits.limits.maxRetries === maxRetries &&
    lastLimits.limits.timeoutMilliseconds === timeoutMilliseconds
  ) {
    return lastLimits
  }
  const limits = { ...retry, maxRetries, timeoutMilliseconds }
  const deadline = Math.min(LONGEST_TIMER, Math.ceil(operationDeadline(limits)) + MARGIN)
  lastLimits = { retry, limits, own: Object.freeze({ maxRetries: 0, timeout: deadline }) }
  return lastLimits
}

interface Identity {
  readonly provider: string
  readonly errors: ClientErrors
}

/** What the calls of one client share, found anew only when its base URL has changed. */
function createIdentity(client: OpenAIClient): () => Identity {
  let known: (Identity & { readonly baseURL: string }) | undefined
  return () => {
    const { baseURL } = client
    if (known?.baseURL === baseURL) return known
    known = { baseURL, provider: providerOf(client), errors: clientErrors(client) }
    return known
  }
}

/** The client's own error classes, found on the client: another copy of the package would make others. */
function clientErrors(client: OpenAIClient): ClientErrors {
  const construct = (name: string, argument: object | undefined, fallback: unknown): unknown => {
    const constructor: unknown = fieldOf(client.constructor, name)
    return typeof constructor === 'function'
      ? Reflect.construct(constructor, argument === undefined ? [] : [argument])
      : fallback
  }
  return {
    timeout: (cause) => construct('APIConnectionTimeoutError', undefined, cause),
    connection: (cause) => construct('APIConnectionError', { cause }, cause),
    status(response, text) {
      const make = fieldOf(client, 'makeStatusError')
      const json = parsedJson(text)
      const fallback = new Error(`${response.status} ${text}`)
      if (typeof make !== 'function') return fallback
      return Reflect.apply(make, client, [
        response.status,
        json,
        json === undefined ? text : undefined,
        response.headers,
      ])
    },
  }
}

/**
 * True for a client that works on each request before it is sent: AWS signatures, tokens, bodies of its own. What it has made
 * is good for one attempt with just these headers, so that it has to make every attempt itself.
 */
function preparesRequests(client: OpenAIClient): boolean {
  if (typeof fieldOf(fieldOf(client, '_provider'), 'prepareRequest') === 'function') return true
  // the class that all clients of the package come from has the hook, and nothing in it
  let base: object = client
  let above = Reflect.getPrototypeOf(base)
  while (above !== null && above !== Object.prototype) {
    base = above
    above = Reflect.getPrototypeOf(base)
  }
  return fieldOf(client, 'prepareRequest') !== fieldOf(base, 'prepareRequest')
}

/** Others who patched the client before us saw the promise that the clone no longer goes through, or will see it twice. */
function warnOfPatches(client: OpenAIClient): void {
  for (const [, path] of COVERED) {
    const resource = path.reduce<unknown>(fieldOf, client)
    const create = fieldOf(resource, 'create')
    const isOwn = typeof resource === 'object' && resource !== null && Object.hasOwn(resource, 'create')
    if (isOwn || fieldOf(create, '__original') !== undefined || fieldOf(create, '__wrapped') !== undefined) {
      warn(`${path.join('.')}.create is patched already. Instrument first, let others wrap what instrument() returns.`)
    }
  }
}

function isFetch(value: unknown): value is Fetch {
  return typeof value === 'function'
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof fieldOf(value, 'then') === 'function'
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}

/** Azure's client is known by what only it has, behind whatever gateway; every other one by its host. */
function providerOf(client: OpenAIClient): string {
  if ('deploymentName' in client && 'apiVersion' in client) return 'azure.ai.openai'
  return URL.canParse(client.baseURL) ? providerName(new URL(client.baseURL).hostname) : 'openai'
}
