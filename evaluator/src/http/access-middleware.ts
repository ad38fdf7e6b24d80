import { createMiddleware } from 'hono/factory'
import type { Access } from './access.ts'
import type { HttpEnvironment, RequestOrigin } from './environment.ts'
import type { Role } from './access-settings.ts'

/** Lets through who has the role, and puts the caller into the context. */
export function requireRole(access: Access, role: Role) {
  return createMiddleware<HttpEnvironment>(async (context, next) => {
    const decision = access(role, {
      authorization: context.req.header('authorization'),
      hostname: new URL(context.req.url).hostname,
      header: (name) => context.req.header(name),
      // an app that is asked without a server has no bindings at all
      remoteAddress: (context.env as RequestOrigin | undefined)?.remoteAddress,
    })
    if (!decision.granted) {
      context.set('isChallenge', decision.isChallenge)
      throw decision.error
    }
    context.set('caller', decision.caller)
    await next()
  })
}
