import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

/** Pages have no script at all, so a text that slips through as markup still cannot run or send anything. */
export function securityHeaders(): MiddlewareHandler {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
    crossOriginResourcePolicy: 'same-origin',
    referrerPolicy: 'no-referrer',
    // whether the name is only served encrypted is for the proxy in front to say
    strictTransportSecurity: false,
    xFrameOptions: 'DENY',
    xXssProtection: false,
  })
}

/** Results are never kept by caches between; pages of yesterday would be taken for today's. */
export function noStore(): MiddlewareHandler {
  return async (context, next) => {
    await next()
    if (!context.res.headers.has('cache-control')) context.header('cache-control', 'no-store')
  }
}
