import { createMiddleware } from 'hono/factory'
import type { Access } from './access.ts'
import type { HttpEnvironment } from './environment.ts'
import type { Role } from './token-store.ts'

/** Lets through who has the role, and puts the caller into the context. */
export function requireRole(access: Access, role: Role) {
  return createMiddleware<HttpEnvironment>(async (context, next) => {
    const decision = access(role, {
      authorization: context.req.header('authorization'),
      hostname: new URL(context.req.url).hostname,
    })
    if (!decision.granted) {
      context.set('isChallenge', decision.isChallenge)
      throw decision.error
    }
    context.set('caller', decision.caller)
    await next()
  })
}
