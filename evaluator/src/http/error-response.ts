import type { Context } from 'hono'
import { TidemarkError } from '../domain/errors.ts'
import type { HttpEnvironment } from './environment.ts'
import { ERROR_STATUS } from './error-status.ts'
import type { HttpLogger } from './http-logger.ts'
import { errorPage } from './pages/error-page.ts'

/** The body of every error. */
export type ErrorBody = { readonly error: { readonly code: string; readonly message: string; readonly next: string } }

const RETRY_AFTER_SECONDS = '5'

/**
 * Answers with the error as JSON, or as a page where a browser asked for one. A defect shows its reference only: its
 * message and stack may hold anything, and go to the log.
 */
export function errorResponse(
  error: unknown,
  context: Context<HttpEnvironment>,
  { logger, newReference }: { readonly logger: HttpLogger; readonly newReference: () => string },
): Response | Promise<Response> {
  const known = error instanceof TidemarkError && ERROR_STATUS[error.code] !== 500 ? error : undefined
  const shown = known ?? defect(error, context, { logger, newReference })
  const isForbidden = shown.code === 'unauthorized' && !context.get('isChallenge')
  const status = isForbidden ? 403 : ERROR_STATUS[shown.code]
  if (status === 429 || status === 503) context.header('retry-after', RETRY_AFTER_SECONDS)
  if (status === 503) {
    logger.warn({ error: shown, path: context.req.path }, 'the store did not answer a request')
  }
  if (isPage(context)) {
    if (status === 401)
      context.header('www-authenticate', 'Basic realm="Tidemark: any user name, the token as password"')
    return context.html(errorPage({ status, code: shown.code, message: shown.message, next: shown.next }), status)
  }
  if (status === 401) context.header('www-authenticate', 'Bearer realm="tidemark"')
  const body: ErrorBody = { error: { code: shown.code, message: shown.message, next: shown.next } }
  return context.json(body, status)
}

/** What a path or method without a handler is answered. */
export function routeNotFound(context: Context): TidemarkError {
  return new TidemarkError(
    'route_not_found',
    `There is no ${context.req.method} ${context.req.path.slice(0, 200)}.`,
    'The fleet page is /, the API begins at /api/agents, telemetry goes to POST /v1/traces.',
  )
}

function defect(
  error: unknown,
  context: Context,
  { logger, newReference }: { readonly logger: HttpLogger; readonly newReference: () => string },
): TidemarkError {
  const reference = newReference()
  logger.error({ err: error, reference, method: context.req.method, path: context.req.path }, 'a request failed')
  return new TidemarkError(
    'internal',
    `The request failed inside Tidemark (reference ${reference}).`,
    'Look for the reference in the log of the evaluator, and please report the defect with the lines around it.',
  )
}

/** Pages are for browsers, which name HTML among what they accept; everyone else gets JSON. */
function isPage(context: Context): boolean {
  const isPagePath = context.req.path === '/' || context.req.path.startsWith('/agents/')
  return isPagePath && (context.req.header('accept') ?? '').includes('text/html')
}
