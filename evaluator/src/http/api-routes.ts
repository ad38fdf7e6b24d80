import { Hono } from 'hono'
import { TidemarkError } from '../domain/errors.ts'
import type { Incident, VerdictRecord } from '../domain/verdict.ts'
import { requireRole } from './access-middleware.ts'
import { requireAgent, type Access } from './access.ts'
import type { HttpEnvironment } from './environment.ts'
import {
  AGENT_PATH,
  EXCLUDED_WINDOW,
  EXCLUDED_WINDOW_PATH,
  INCIDENT_PATH,
  INCIDENT_STEP,
  INCIDENTS_QUERY,
  NO_QUERY,
  parseParameters,
  REMOVAL,
  VERDICT_QUERY,
  VERDICTS_QUERY,
} from './parameters.ts'
import type { ServicePort } from './port.ts'
import { readJsonBody } from './request-body.ts'
import { verdictOf } from './verdict-lookup.ts'

const STEP_BYTES = 16 * 1024

/** Results as JSON, for people's own tools; lists stand under their name, so that they can grow. */
export function apiRoutes(service: ServicePort, access: Access): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()
  const read = requireRole(access, 'read')

  routes.get('/api/agents', read, async (context) => {
    parseParameters(NO_QUERY, context.req.query())
    const agents = await service.listAgents()
    const visible = agents.filter(({ agent }) => context.get('caller').maySpeakFor(agent))
    return context.json({ agents: visible.map((agent) => ({ ...agent, verdict: withoutExamples(agent.verdict) })) })
  })

  routes.get('/api/agents/:agent/verdict', read, async (context) => {
    const { agent } = parseParameters(AGENT_PATH, context.req.param())
    const { slot } = parseParameters(VERDICT_QUERY, context.req.query())
    requireAgent(context.get('caller'), agent)
    return context.json(await verdictOf(service, agent, slot))
  })

  routes.get('/api/agents/:agent/verdicts', read, async (context) => {
    const { agent } = parseParameters(AGENT_PATH, context.req.param())
    const { limit } = parseParameters(VERDICTS_QUERY, context.req.query())
    requireAgent(context.get('caller'), agent)
    return context.json({ verdicts: await service.verdicts(agent, limit) })
  })

  routes.get('/api/agents/:agent/baselines', read, async (context) => {
    const { agent } = parseParameters(AGENT_PATH, context.req.param())
    parseParameters(NO_QUERY, context.req.query())
    requireAgent(context.get('caller'), agent)
    return context.json({ baselines: await service.baselines(agent) })
  })

  routes.get('/api/agents/:agent/changes', read, async (context) => {
    const { agent } = parseParameters(AGENT_PATH, context.req.param())
    parseParameters(NO_QUERY, context.req.query())
    requireAgent(context.get('caller'), agent)
    return context.json({ changes: await service.changes(agent, 0) })
  })

  routes.get('/api/agents/:agent/sentinel', read, async (context) => {
    const { agent } = parseParameters(AGENT_PATH, context.req.param())
    parseParameters(NO_QUERY, context.req.query())
    requireAgent(context.get('caller'), agent)
    return context.json(await service.sentinelStatus(agent))
  })

  routes.post('/api/agents/:agent/run', requireRole(access, 'admin'), async (context) => {
    const { agent } = parseParameters(AGENT_PATH, context.req.param())
    parseParameters(NO_QUERY, context.req.query())
    requireAgent(context.get('caller'), agent)
    const verdicts = await service.runAgent(agent)
    return context.json({ verdicts: verdicts.map(withoutExamples) })
  })

  routes.get('/api/incidents', read, async (context) => {
    const { agent } = parseParameters(INCIDENTS_QUERY, context.req.query())
    if (agent !== undefined) requireAgent(context.get('caller'), agent)
    const incidents = await service.incidents(agent)
    return context.json({
      incidents: incidents.filter((incident) => context.get('caller').maySpeakFor(incident.agent)),
    })
  })

  routes.get('/api/agents/:agent/exclusions', read, async (context) => {
    const { agent } = parseParameters(AGENT_PATH, context.req.param())
    parseParameters(NO_QUERY, context.req.query())
    requireAgent(context.get('caller'), agent)
    return context.json({ exclusions: await service.excludedWindows(agent) })
  })

  routes.post('/api/agents/:agent/exclusions', requireRole(access, 'admin'), async (context) => {
    const { agent } = parseParameters(AGENT_PATH, context.req.param())
    requireAgent(context.get('caller'), agent)
    const window = parseParameters(EXCLUDED_WINDOW, await readJsonBody(context.req.raw, STEP_BYTES))
    return context.json(await service.excludeWindow({ agent, ...window }), 201)
  })

  routes.post('/api/agents/:agent/exclusions/:id/remove', requireRole(access, 'admin'), async (context) => {
    const { agent, id } = parseParameters(AGENT_PATH.extend(EXCLUDED_WINDOW_PATH.shape), context.req.param())
    requireAgent(context.get('caller'), agent)
    const removal = parseParameters(REMOVAL, await readJsonBody(context.req.raw, STEP_BYTES))
    if (!(await service.excludedWindows(agent)).some((window) => window.id === id))
      throw new TidemarkError(
        'argument_invalid',
        `Agent ${agent} has no excluded window ${id}.`,
        `Look at GET /api/agents/${agent}/exclusions for the ids.`,
      )
    return context.json(await service.includeWindow({ id, ...removal }))
  })

  routes.get('/api/agents/:agent/ledger', read, async (context) => {
    const { agent } = parseParameters(AGENT_PATH, context.req.param())
    parseParameters(NO_QUERY, context.req.query())
    requireAgent(context.get('caller'), agent)
    return context.json(await service.ledger(agent))
  })

  routes.post('/api/incidents/:id', requireRole(access, 'admin'), async (context) => {
    const { id } = parseParameters(INCIDENT_PATH, context.req.param())
    const { action, by } = parseParameters(INCIDENT_STEP, await readJsonBody(context.req.raw, STEP_BYTES))
    const incident = await incidentOf(service, id)
    requireAgent(context.get('caller'), incident.agent)
    return context.json(await service.resolveIncident(id, action, by))
  })

  return routes
}

/** A list of agents is for choosing one; examples would make it many times its size. */
function withoutExamples(verdict: VerdictRecord | null): Omit<VerdictRecord, 'examples'> | null {
  if (verdict === null) return null
  const { examples: _, ...rest } = verdict
  return rest
}

async function incidentOf(service: Pick<ServicePort, 'incidents'>, id: string): Promise<Incident> {
  const incident = (await service.incidents(undefined)).find((candidate) => candidate.id === id)
  if (incident !== undefined) return incident
  throw new TidemarkError('argument_invalid', `There is no incident ${id}.`, 'Look at GET /api/incidents for the ids.')
}
