import { Hono } from 'hono'
import { requireRole } from './access-middleware.ts'
import { requireAllAgents, type Access } from './access.ts'
import type { HttpEnvironment } from './environment.ts'
import type { ServicePort } from './port.ts'

/** What machines ask: metrics for Prometheus, and two probes that need no token and tell nothing. */
export function systemRoutes(service: Pick<ServicePort, 'metrics' | 'ready'>, access: Access): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()

  routes.get('/metrics', requireRole(access, 'read'), async (context) => {
    requireAllAgents(context.get('caller'))
    const { contentType, body } = await service.metrics()
    return context.body(body, 200, { 'content-type': contentType })
  })

  routes.get('/healthz', (context) => context.json({ status: 'alive' }))

  routes.get('/readyz', async (context) => {
    await service.ready()
    return context.json({ status: 'ready' })
  })

  return routes
}
