import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Configuration } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'
import { requireTokensInPublic } from './access.ts'
import type { RequestOrigin } from './environment.ts'

export type ListenOptions = {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly tokens: Configuration['tokens']
  readonly signIn?: Configuration['signIn']
}

export type Listener = {
  /** With the port that was really taken. */
  readonly url: string
  readonly port: number
  /** Takes no new requests, lets running ones end for up to `graceMilliseconds`, then cuts them off. */
  readonly stop: (graceMilliseconds?: number) => Promise<void>
  /** Lets another app answer from now on; resolves once the one before has answered what it was asked. */
  readonly answerWith: (app: AnsweringApp) => Promise<void>
}

/** What answers requests. */
export type AnsweringApp = {
  readonly fetch: (request: Request, origin: RequestOrigin) => Response | Promise<Response>
}

/** Headers must be complete within this time, whole requests within the next: a slow sender holds no connection for long. */
const HEADERS_TIMEOUT_MILLISECONDS = 15_000
const REQUEST_TIMEOUT_MILLISECONDS = 120_000
/** How often Node looks for connections beyond those times. */
const CHECK_MILLISECONDS = 5_000
const KEEP_ALIVE_MILLISECONDS = 75_000
const GRACE_MILLISECONDS = 8_000

/**
 * Serves an app over HTTP.
 * @throws {TidemarkError} `public_without_tokens`, `listen_failed`
 */
export async function listen(first: AnsweringApp, { host, port, tokens, signIn }: ListenOptions): Promise<Listener> {
  requireTokensInPublic(host, { tokens, signIn })
  let current = answering(first)
  const answer = getRequestListener((request, { incoming }) => current.answer(request, originOf(incoming.socket)), {
    overrideGlobalObjects: false,
  })
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MILLISECONDS,
      requestTimeout: REQUEST_TIMEOUT_MILLISECONDS,
      connectionsCheckingInterval: CHECK_MILLISECONDS,
      keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    },
    (request, response) => {
      // once the server stops, a connection that has had its answer must not be kept for another request
      response.once('close', () => server.listening || server.closeIdleConnections())
      void answer(request, response)
    },
  )
  server.listen({ host, port })
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw listenFailed(host, port, cause)
  }
  const taken = portOf(server)
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    port: taken,
    stop: (graceMilliseconds = GRACE_MILLISECONDS) => stop(server, graceMilliseconds),
    answerWith: async (app) => {
      const before = current
      current = answering(app)
      await before.idle()
    },
  }
}

/** An app with what it is answering at the moment. */
function answering(app: AnsweringApp) {
  const running = new Set<Promise<Response>>()
  return {
    async answer(request: Request, origin: RequestOrigin): Promise<Response> {
      const response = Promise.resolve(app.fetch(request, origin))
      running.add(response)
      return await response.finally(() => running.delete(response))
    },
    idle: async () => {
      await Promise.allSettled(running)
    },
  }
}

function originOf({ remoteAddress }: { readonly remoteAddress?: string | undefined }): RequestOrigin {
  return remoteAddress === undefined ? {} : { remoteAddress }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has an address with a port')
  return address.port
}

async function stop(server: Server, graceMilliseconds: number): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  const cut = setTimeout(() => server.closeAllConnections(), graceMilliseconds)
  await closed
  clearTimeout(cut)
}

function listenFailed(host: string, port: number, cause: unknown): TidemarkError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  return new TidemarkError(
    'listen_failed',
    `Cannot listen on ${host} port ${port}: ${REASON[code] ?? code}.`,
    nextStep(code, port),
    {
      cause,
    },
  )
}

const REASON: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'this user may not use the port',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'the host name is not known',
}

function nextStep(code: string, port: number): string {
  if (code === 'EADDRINUSE')
    return `Stop what uses port ${port}, or choose another with listen.port (0 takes any free one).`
  if (code === 'EACCES') return 'Choose a listen.port above 1023.'
  return 'Correct listen.host in the configuration, such as 127.0.0.1.'
}
