import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import type { Configuration } from '../config.ts'
import { accessControl } from './access.ts'
import { apiRoutes } from './api-routes.ts'
import { documentRoutes } from './document-routes.ts'
import type { HttpEnvironment } from './environment.ts'
import { errorResponse, routeNotFound } from './error-response.ts'
import type { HttpLogger } from './http-logger.ts'
import { ingestRoutes } from './ingest-routes.ts'
import { pageRoutes } from './page-routes.ts'
import type { ServicePort } from './port.ts'
import { proxySignIn } from './proxy-sign-in.ts'
import { routeBook } from './route-book.ts'
import { sameOrigin } from './same-origin.ts'
import { noStore, securityHeaders } from './security-headers.ts'
import { systemRoutes } from './system-routes.ts'
import { readTokens } from './token-store.ts'

export type AppOptions = {
  readonly service: ServicePort
  readonly tokens: Configuration['tokens']
  readonly signIn?: Configuration['signIn']
  /** The address people use, where it is not the one that requests name. */
  readonly publicUrl?: string | undefined
  readonly limits: Pick<Configuration['limits'], 'bodyBytes' | 'inFlightBytes' | 'inFlightRequests'>
  /** The address that is listened on: without a token a role is open on this machine's own, closed on any other. */
  readonly host: string
  readonly logger: HttpLogger
  readonly now?: () => number
  /** Names a defect in the answer and in the log. */
  readonly newReference?: () => string
}

/** The application as Hono app. @throws {TidemarkError} `config_unreadable`, `config_invalid` for a token file */
export function createApp({
  service,
  tokens,
  signIn,
  publicUrl,
  limits,
  host,
  logger,
  now = Date.now,
  newReference = randomUUID,
}: AppOptions): Hono<HttpEnvironment> {
  const access = accessControl(readTokens(tokens), host, signIn === undefined ? undefined : proxySignIn(signIn))
  const book = routeBook(access, { now, write: (entry) => service.audit(entry) })
  systemRoutes(book, service)
  ingestRoutes(book, service, limits)
  apiRoutes(book, service)
  documentRoutes(book)
  pageRoutes(book, service, now)
  const app = new Hono<HttpEnvironment>()
  app.use(securityHeaders(), noStore(), sameOrigin(publicUrl))
  app.route('/', book.app)
  const report = { logger, newReference }
  app.notFound((context) => errorResponse(routeNotFound(context), context, report))
  app.onError((error, context) => errorResponse(error, context, report))
  return app
}
