import { requireAgent } from './access.ts'
import { ICON } from './pages/icon.ts'
import { fleetPage } from './pages/fleet-page.ts'
import { runbookPage } from './pages/runbook-page.ts'
import { STYLE } from './pages/style.ts'
import { verdictPage } from './pages/verdict-page.ts'
import { AGENT_PATH, NO_QUERY, parseParameters, VERDICT_QUERY } from './parameters.ts'
import type { ServicePort } from './port.ts'
import type { RouteBook } from './route-book.ts'
import { verdictOf } from './verdict-lookup.ts'

/** Runs shown in the chart of a verdict. */
const SHOWN_RUNS = 60
const MOST_RUNS = 1000
const ASSET_CACHE = 'public, max-age=300'

/** Pages for people: no script, one style sheet. */
export function pageRoutes(
  book: RouteBook,
  service: Pick<ServicePort, 'listAgents' | 'ledger' | 'verdict' | 'verdicts' | 'incidents'>,
  now: () => number,
): void {
  const page = { method: 'get', role: 'read', answers: 'text/html' } as const
  const asset = { method: 'get', bound: 'shows_no_agent' } as const

  book.add(
    {
      ...page,
      path: '/',
      summary: 'All agents that this token may see, as a page.',
      bound: 'to_visible_agents',
      query: NO_QUERY,
    },
    async (context) => {
      parseParameters(NO_QUERY, context.req.query())
      const agents = await service.listAgents()
      const visible = agents.filter(({ agent }) => context.get('caller').maySpeakFor(agent))
      return context.html(fleetPage({ agents: visible, origin: new URL(context.req.url).origin, now: now() }))
    },
  )

  book.add(
    {
      ...page,
      path: '/agents/:agent/verdict',
      summary: 'Why an agent was, or was not, paged for.',
      bound: 'by_agent',
      parameters: AGENT_PATH,
      query: VERDICT_QUERY,
    },
    async (context) => {
      const { agent } = parseParameters(AGENT_PATH, context.req.param())
      const { slot } = parseParameters(VERDICT_QUERY, context.req.query())
      requireAgent(context.get('caller'), agent)
      const record = await verdictOf(service, agent, slot)
      const intervals = Math.ceil((now() - record.slotAt) / (record.intervalSeconds * 1000))
      const limit = SHOWN_RUNS + (slot === undefined ? 0 : Math.max(0, intervals))
      const runs = await service.verdicts(agent, Math.min(limit, MOST_RUNS))
      const before = runs.filter((run) => run.slotAt < record.slotAt).slice(1 - SHOWN_RUNS)
      const incidents = await service.incidents(agent)
      return context.html(
        verdictPage({
          record,
          runs: [...before, record],
          nextSlotAt: runs.find((run) => run.slotAt > record.slotAt)?.slotAt,
          incident: incidents.find((incident) => incident.id === record.incident?.id),
          variantIncidents: incidents.filter(({ variant }) => variant !== undefined),
          ledger: await service.ledger(agent),
          origin: new URL(context.req.url).origin,
          now: now(),
        }),
      )
    },
  )

  book.add(
    { ...page, path: '/runbook', summary: 'What to do for each alert.', bound: 'shows_no_agent', query: NO_QUERY },
    (context) => {
      parseParameters(NO_QUERY, context.req.query())
      return context.html(runbookPage())
    },
  )

  book.add({ ...asset, path: '/style.css', summary: 'Style of the pages.', answers: 'text/css' }, (context) =>
    context.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': ASSET_CACHE }),
  )

  book.add({ ...asset, path: '/icon.svg', summary: 'Icon of the pages.', answers: 'image/svg+xml' }, (context) =>
    context.body(ICON, 200, { 'content-type': 'image/svg+xml', 'cache-control': ASSET_CACHE }),
  )
}
