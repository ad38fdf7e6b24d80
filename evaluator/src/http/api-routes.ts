import { TidemarkError } from '../domain/errors.ts'
import type { Incident, VerdictRecord } from '../domain/verdict.ts'
import { requireAgent } from './access.ts'
import { exclusionRoutes } from './exclusion-routes.ts'
import {
  AGENT_PATH,
  AUDIT_QUERY,
  INCIDENT_PATH,
  INCIDENT_STEP,
  INCIDENTS_QUERY,
  NO_QUERY,
  parseParameters,
  REVIEWS_QUERY,
  VERDICT_QUERY,
  VERDICTS_QUERY,
} from './parameters.ts'
import type { ServicePort } from './port.ts'
import { agentOf, personOf } from './acting.ts'
import { readJsonBody } from './request-body.ts'
import type { RouteBook } from './route-book.ts'
import { verdictOf } from './verdict-lookup.ts'

const STEP_BYTES = 16 * 1024
/** Entries that are looked through for those of a token's agents. */
const SEARCHED_ENTRIES = 10_000

/** Results as JSON, for people's own tools; lists stand under their name, so that they can grow. */
export function apiRoutes(book: RouteBook, service: ServicePort): void {
  agentRoutes(book, service)
  incidentRoutes(book, service)
  exclusionRoutes(book, service)

  book.add(
    {
      method: 'get',
      path: '/api/audit',
      role: 'admin',
      summary: 'Who did what and when, the newest first.',
      bound: 'to_visible_agents',
      query: AUDIT_QUERY,
    },
    async (context) => {
      const { agent, limit } = parseParameters(AUDIT_QUERY, context.req.query())
      const caller = context.get('caller')
      if (agent !== undefined) requireAgent(caller, agent)
      const isCut = agent === undefined && !caller.maySpeakForAll
      const entries = await service.auditLog({ agent, limit: isCut ? SEARCHED_ENTRIES : limit })
      const visible = entries.filter((entry) =>
        entry.agent === null ? caller.maySpeakForAll : caller.maySpeakFor(entry.agent),
      )
      return context.json({ entries: visible.slice(0, limit) })
    },
  )
}

function agentRoutes(book: RouteBook, service: ServicePort): void {
  book.add(
    {
      method: 'get',
      path: '/api/agents',
      role: 'read',
      summary: 'The agents that this token may see, each with its newest verdict.',
      bound: 'to_visible_agents',
      query: NO_QUERY,
    },
    async (context) => {
      parseParameters(NO_QUERY, context.req.query())
      const agents = await service.listAgents()
      const visible = agents.filter(({ agent }) => context.get('caller').maySpeakFor(agent))
      return context.json({ agents: visible.map((agent) => ({ ...agent, verdict: withoutExamples(agent.verdict) })) })
    },
  )

  const ofAgent = { method: 'get', role: 'read', bound: 'by_agent', parameters: AGENT_PATH } as const
  book.add(
    {
      ...ofAgent,
      path: '/api/agents/:agent/verdict',
      summary: 'The verdict of a slot, by default of the newest.',
      query: VERDICT_QUERY,
    },
    async (context) => {
      const { slot } = parseParameters(VERDICT_QUERY, context.req.query())
      return context.json(await verdictOf(service, agentOf(context), slot))
    },
  )
  book.add(
    {
      ...ofAgent,
      path: '/api/agents/:agent/verdicts',
      summary: 'Verdicts of the newest slots, oldest first.',
      query: VERDICTS_QUERY,
    },
    async (context) => {
      const { limit } = parseParameters(VERDICTS_QUERY, context.req.query())
      return context.json({ verdicts: await service.verdicts(agentOf(context), limit) })
    },
  )
  book.add(
    {
      ...ofAgent,
      path: '/api/agents/:agent/baselines',
      summary: 'Every version of the baseline, oldest first.',
      query: NO_QUERY,
    },
    async (context) => {
      parseParameters(NO_QUERY, context.req.query())
      return context.json({ baselines: await service.baselines(agentOf(context)) })
    },
  )
  book.add(
    {
      ...ofAgent,
      path: '/api/agents/:agent/changes',
      summary: 'Recorded changes of model, prompt, tools and data.',
      query: NO_QUERY,
    },
    async (context) => {
      parseParameters(NO_QUERY, context.req.query())
      return context.json({ changes: await service.changes(agentOf(context), 0) })
    },
  )
  book.add(
    {
      ...ofAgent,
      path: '/api/agents/:agent/sentinel',
      summary: 'Whether frozen inputs are replayed, and what the newest run says.',
      query: NO_QUERY,
    },
    async (context) => {
      parseParameters(NO_QUERY, context.req.query())
      return context.json(await service.sentinelStatus(agentOf(context)))
    },
  )
  book.add(
    {
      ...ofAgent,
      path: '/api/agents/:agent/ledger',
      summary: 'Pages of the last 365 days by how they ended.',
      query: NO_QUERY,
    },
    async (context) => {
      parseParameters(NO_QUERY, context.req.query())
      return context.json(await service.ledger(agentOf(context)))
    },
  )
  book.add(
    {
      ...ofAgent,
      path: '/api/agents/:agent/reviews',
      role: 'review',
      summary: 'Escalated cases that wait for a person, oldest first.',
      query: REVIEWS_QUERY,
    },
    async (context) => {
      const { limit } = parseParameters(REVIEWS_QUERY, context.req.query())
      return context.json({ reviews: await service.openReviews(agentOf(context), limit) })
    },
  )
  book.add(
    {
      ...ofAgent,
      method: 'post',
      path: '/api/agents/:agent/run',
      role: 'admin',
      summary: 'Runs the due slots of the agent now.',
      query: NO_QUERY,
      audit: 'agent.run',
    },
    async (context) => {
      parseParameters(NO_QUERY, context.req.query())
      const agent = agentOf(context)
      const verdicts = await service.runAgent(agent)
      context.set('auditAgent', agent)
      context.set('auditDetail', `${verdicts.length} slots`)
      return context.json({ verdicts: verdicts.map(withoutExamples) })
    },
  )
}

function incidentRoutes(book: RouteBook, service: ServicePort): void {
  book.add(
    {
      method: 'get',
      path: '/api/incidents',
      role: 'read',
      summary: 'Incidents of one agent, or of all that this token may see.',
      bound: 'to_visible_agents',
      query: INCIDENTS_QUERY,
    },
    async (context) => {
      const { agent } = parseParameters(INCIDENTS_QUERY, context.req.query())
      if (agent !== undefined) requireAgent(context.get('caller'), agent)
      const incidents = await service.incidents(agent)
      return context.json({
        incidents: incidents.filter((incident) => context.get('caller').maySpeakFor(incident.agent)),
      })
    },
  )
  book.add(
    {
      method: 'post',
      path: '/api/incidents/:id',
      role: 'admin',
      summary: 'Takes an incident, or says how it ended.',
      bound: 'by_agent',
      parameters: INCIDENT_PATH,
      body: {
        contentTypes: ['application/json'],
        schema: INCIDENT_STEP,
        example: { action: 'acknowledge', by: 'Ada' },
      },
      audit: 'incident.step',
    },
    async (context) => {
      const { id } = parseParameters(INCIDENT_PATH, context.req.param())
      const { action, by } = parseParameters(INCIDENT_STEP, await readJsonBody(context.req.raw, STEP_BYTES))
      const incident = await incidentOf(service, id)
      requireAgent(context.get('caller'), incident.agent)
      const person = personOf(context.get('caller'), by)
      const done = await service.resolveIncident(id, action, person)
      context.set('auditAgent', incident.agent)
      context.set('auditDetail', `${id} ${action} by ${person}`)
      return context.json(done)
    },
  )
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
