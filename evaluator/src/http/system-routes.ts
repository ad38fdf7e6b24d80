import { requireAllAgents } from './access.ts'
import type { ServicePort } from './port.ts'
import type { RouteBook } from './route-book.ts'

/** What machines ask: metrics for Prometheus, and two probes that need no token and tell nothing. */
export function systemRoutes(book: RouteBook, service: Pick<ServicePort, 'metrics' | 'ready'>): void {
  book.add(
    {
      method: 'get',
      path: '/metrics',
      role: 'read',
      summary: 'Metrics of every agent for Prometheus.',
      bound: 'needs_all_agents',
      answers: 'text/plain',
    },
    async (context) => {
      requireAllAgents(context.get('caller'))
      const { contentType, body } = await service.metrics()
      return context.body(body, 200, { 'content-type': contentType })
    },
  )

  book.add(
    { method: 'get', path: '/healthz', summary: 'Whether the process answers.', bound: 'shows_no_agent' },
    (context) => context.json({ status: 'alive' }),
  )

  book.add(
    { method: 'get', path: '/readyz', summary: 'Whether the store answers.', bound: 'shows_no_agent' },
    async (context) => {
      await service.ready()
      return context.json({ status: 'ready' })
    },
  )
}
