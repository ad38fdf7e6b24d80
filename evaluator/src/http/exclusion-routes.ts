import { TidemarkError } from '../domain/errors.ts'
import { agentOf, personOf } from './acting.ts'
import { AGENT_PATH, EXCLUDED_WINDOW, EXCLUDED_WINDOW_PATH, NO_QUERY, parseParameters, REMOVAL } from './parameters.ts'
import type { ServicePort } from './port.ts'
import { readJsonBody } from './request-body.ts'
import type { RouteBook } from './route-book.ts'

const STEP_BYTES = 16 * 1024

/** Windows that count for nothing: outages, tests, maintenance. */
export function exclusionRoutes(
  book: RouteBook,
  service: Pick<ServicePort, 'excludedWindows' | 'excludeWindow' | 'includeWindow'>,
): void {
  const windows = { path: '/api/agents/:agent/exclusions', bound: 'by_agent', parameters: AGENT_PATH } as const

  book.add(
    { ...windows, method: 'get', role: 'read', summary: 'Windows that count for nothing.', query: NO_QUERY },
    async (context) => {
      parseParameters(NO_QUERY, context.req.query())
      return context.json({ exclusions: await service.excludedWindows(agentOf(context)) })
    },
  )

  book.add(
    {
      ...windows,
      method: 'post',
      role: 'admin',
      summary: 'Takes a window out of reference and history.',
      body: {
        contentTypes: ['application/json'],
        schema: EXCLUDED_WINDOW,
        example: { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z', reason: 'outage', by: 'Ada' },
      },
      audit: 'exclusion.add',
    },
    async (context) => {
      const agent = agentOf(context)
      const { by, ...window } = parseParameters(EXCLUDED_WINDOW, await readJsonBody(context.req.raw, STEP_BYTES))
      const person = personOf(context.get('caller'), by)
      const done = await service.excludeWindow({ agent, ...window, by: person })
      context.set('auditAgent', agent)
      context.set(
        'auditDetail',
        `${new Date(window.from).toISOString()} to ${new Date(window.to).toISOString()}, ${window.reason}, by ${person}`,
      )
      return context.json(done, 201)
    },
  )

  book.add(
    {
      ...windows,
      method: 'post',
      path: '/api/agents/:agent/exclusions/:id/remove',
      role: 'admin',
      summary: 'Lets a window count again.',
      parameters: AGENT_PATH.extend(EXCLUDED_WINDOW_PATH.shape),
      body: { contentTypes: ['application/json'], schema: REMOVAL, example: { by: 'Ada' } },
      audit: 'exclusion.remove',
    },
    async (context) => {
      const agent = agentOf(context)
      const { id } = parseParameters(EXCLUDED_WINDOW_PATH, { id: context.req.param('id') })
      const { by, ...removal } = parseParameters(REMOVAL, await readJsonBody(context.req.raw, STEP_BYTES))
      if (!(await service.excludedWindows(agent)).some((window) => window.id === id))
        throw new TidemarkError(
          'argument_invalid',
          `Agent ${agent} has no excluded window ${id}.`,
          `Look at GET /api/agents/${agent}/exclusions for the ids.`,
        )
      const person = personOf(context.get('caller'), by)
      const done = await service.includeWindow({ id, ...removal, by: person })
      context.set('auditAgent', agent)
      context.set('auditDetail', `${id} by ${person}`)
      return context.json(done)
    },
  )
}
