import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import type { Configuration } from '../config.ts'
import { accessControl } from './access.ts'
import { apiRoutes } from './api-routes.ts'
import type { HttpEnvironment } from './environment.ts'
import { errorResponse, routeNotFound } from './error-response.ts'
import type { HttpLogger } from './http-logger.ts'
import { ingestRoutes } from './ingest-routes.ts'
import { pageRoutes } from './page-routes.ts'
import type { ServicePort } from './port.ts'
import { noStore, securityHeaders } from './security-headers.ts'
import { systemRoutes } from './system-routes.ts'
import { readTokens } from './token-store.ts'

export type AppOptions = {
  readonly service: ServicePort
  readonly tokens: Configuration['tokens']
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
  limits,
  host,
  logger,
  now = Date.now,
  newReference = randomUUID,
}: AppOptions): Hono<HttpEnvironment> {
  const access = accessControl(readTokens(tokens), host)
  const app = new Hono<HttpEnvironment>()
  app.use(securityHeaders(), noStore())
  app.route('/', systemRoutes(service, access))
  app.route('/', ingestRoutes(service, access, limits))
  app.route('/', apiRoutes(service, access))
  app.route('/', pageRoutes(service, access, now))
  const report = { logger, newReference }
  app.notFound((context) => errorResponse(routeNotFound(context), context, report))
  app.onError((error, context) => errorResponse(error, context, report))
  return app
}
