import { Hono, type Handler } from 'hono'
import type { z } from 'zod'
import { requireRole } from './access-middleware.ts'
import type { Access } from './access.ts'
import { audited, type AuditTrail } from './audit-middleware.ts'
import type { HttpEnvironment } from './environment.ts'
import type { Role } from './access-settings.ts'

/** What a route takes as its body. */
export type DescribedBody = {
  readonly contentTypes: readonly string[]
  readonly schema: z.ZodType
  /** A body that is taken; AGENT in it stands for the name of an agent. */
  readonly example: unknown
}

/** A route as it is registered, checked and documented. */
export type RouteDescription = {
  readonly method: 'get' | 'post'
  /** With parameters as `:name`. */
  readonly path: string
  /** Without a role everybody may ask. */
  readonly role?: Role
  readonly summary: string
  /** How the agents of a token bound what the route does. */
  readonly bound: 'by_agent' | 'to_visible_agents' | 'needs_all_agents' | 'shows_no_agent'
  readonly parameters?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: DescribedBody
  /** Media type of the answer; by default JSON. */
  readonly answers?: string
  /** What the audit log calls it. A route with a name changes something that people decide. */
  readonly audit?: string
}

/** Collects routes: what is registered here is what the document of the API lists. */
export type RouteBook = {
  readonly app: Hono<HttpEnvironment>
  readonly descriptions: readonly RouteDescription[]
  add(description: RouteDescription, handler: Handler<HttpEnvironment>): void
}

export function routeBook(access: Access, trail: AuditTrail): RouteBook {
  const app = new Hono<HttpEnvironment>()
  const descriptions: RouteDescription[] = []
  return {
    app,
    descriptions,
    add(description, handler) {
      const { method, path, role, audit } = description
      descriptions.push(description)
      const before = [
        ...(role === undefined ? [] : [requireRole(access, role)]),
        ...(audit === undefined ? [] : [audited(trail, audit)]),
      ]
      app.on([method.toUpperCase()], [path], ...before, handler)
    },
  }
}
