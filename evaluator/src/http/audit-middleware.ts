import { createMiddleware } from 'hono/factory'
import type { AuditEntry } from '../domain/audit.ts'
import type { HttpEnvironment } from './environment.ts'

/** Where the log of what people decided is kept. */
export type AuditTrail = {
  readonly now: () => number
  readonly write: (entry: AuditEntry) => Promise<void>
}

/** Writes what was done once it is done; a handler names the agent and the details of what it did. */
export function audited(trail: AuditTrail, action: string) {
  return createMiddleware<HttpEnvironment>(async (context, next) => {
    await next()
    if (!context.res.ok) return
    await trail.write({
      at: trail.now(),
      who: context.get('caller').name,
      action,
      agent: context.get('auditAgent') ?? null,
      detail: context.get('auditDetail') ?? '',
    })
  })
}
