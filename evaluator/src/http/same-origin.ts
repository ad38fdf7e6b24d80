import type { MiddlewareHandler } from 'hono'
import { TidemarkError } from '../domain/errors.ts'

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses a change that a page of another origin lets a browser send: the browser adds the password or the proxy's sign-in
 * by itself, and on a machine without tokens nothing else is asked. Programs send neither header and pass.
 */
export function sameOrigin(publicUrl: string | undefined): MiddlewareHandler {
  const publicHost = publicUrl === undefined ? undefined : new URL(publicUrl).host
  return async (context, next) => {
    const site = context.req.header('sec-fetch-site')
    const origin = context.req.header('origin')
    const isForeign =
      (site !== undefined && site !== 'same-origin' && site !== 'none') ||
      (origin !== undefined && !isOwn(origin, [new URL(context.req.url).host, publicHost]))
    if (isForeign && !SAFE_METHODS.has(context.req.method))
      throw new TidemarkError(
        'unauthorized',
        `A page of another origin (${(origin ?? site ?? '').slice(0, 100)}) may not change anything here.`,
        "Send the request from Tidemark's own page or from a program; behind a proxy set publish.url to the address people use.",
      )
    await next()
  }
}

function isOwn(origin: string, hosts: readonly (string | undefined)[]): boolean {
  return URL.canParse(origin) && hosts.includes(new URL(origin).host)
}
