import { Hono } from 'hono'
import { requireRole } from './access-middleware.ts'
import { requireAgent, type Access } from './access.ts'
import type { HttpEnvironment } from './environment.ts'
import { ICON } from './pages/icon.ts'
import { fleetPage } from './pages/fleet-page.ts'
import { runbookPage } from './pages/runbook-page.ts'
import { STYLE } from './pages/style.ts'
import { verdictPage } from './pages/verdict-page.ts'
import { AGENT_PATH, NO_QUERY, parseParameters, VERDICT_QUERY } from './parameters.ts'
import type { ServicePort } from './port.ts'
import { verdictOf } from './verdict-lookup.ts'

/** Runs shown in the chart of a verdict. */
const SHOWN_RUNS = 60
const MOST_RUNS = 1000
const ASSET_CACHE = 'public, max-age=300'

/** Pages for people: no script, one style sheet. */
export function pageRoutes(
  service: Pick<ServicePort, 'listAgents' | 'ledger' | 'verdict' | 'verdicts' | 'incidents'>,
  access: Access,
  now: () => number,
): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()
  const read = requireRole(access, 'read')

  routes.get('/', read, async (context) => {
    parseParameters(NO_QUERY, context.req.query())
    const agents = await service.listAgents()
    const visible = agents.filter(({ agent }) => context.get('caller').maySpeakFor(agent))
    return context.html(fleetPage({ agents: visible, origin: new URL(context.req.url).origin, now: now() }))
  })

  routes.get('/agents/:agent/verdict', read, async (context) => {
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
  })

  routes.get('/runbook', read, (context) => {
    parseParameters(NO_QUERY, context.req.query())
    return context.html(runbookPage())
  })

  routes.get('/style.css', (context) =>
    context.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': ASSET_CACHE }),
  )

  routes.get('/icon.svg', (context) =>
    context.body(ICON, 200, { 'content-type': 'image/svg+xml', 'cache-control': ASSET_CACHE }),
  )

  return routes
}
