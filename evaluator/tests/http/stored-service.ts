import type { AuditEntry } from '../../src/domain/audit.ts'
import { TidemarkError } from '../../src/domain/errors.ts'
import type { Escalation } from '../../src/domain/escalation.ts'
import type { BaselineSummary, Incident, VerdictRecord } from '../../src/domain/verdict.ts'
import type { AgentOverview, ServicePort, OtlpRequest } from '../../src/http/port.ts'

/** What a service holds; everything may be empty. */
export type Stored = {
  readonly verdicts?: readonly VerdictRecord[]
  readonly incidents?: readonly Incident[]
  readonly baselines?: readonly BaselineSummary[]
  readonly agents?: readonly Pick<AgentOverview, 'agent' | 'lastSeenAt' | 'calls' | 'openReviewItems'>[]
}

/** A service port over plain lists, which remembers what was sent to it. */
export function storedService({ verdicts = [], incidents = [], baselines = [], agents = [] }: Stored = {}) {
  const traces: (OtlpRequest & { readonly refused: readonly string[] })[] = []
  const escalations = new Map<string, unknown>()
  const reviews: Escalation[] = []
  const audit: AuditEntry[] = []
  const newest = (agent: string) => verdicts.findLast((verdict) => verdict.agent === agent)
  const service: ServicePort = {
    ingestTraces: async (request, mayWrite) => {
      traces.push({ ...request, refused: ['support-triage', 'billing'].filter((agent) => !mayWrite(agent)) })
      return { contentType: 'application/json', body: new TextEncoder().encode('{"partialSuccess":{}}') }
    },
    ingestLogs: async () => ({ contentType: 'application/json', body: new TextEncoder().encode('{}') }),
    acceptScores: async () => ({ accepted: 1, added: 1 }),
    acceptChange: async () => ({ id: 'change', agent: 'support-triage', isNew: true }),
    countRefusedBody: () => undefined,
    acceptEscalation: async (body, mayWrite) => {
      const { id, agent } = idAndAgentOf(body)
      if (!mayWrite(agent)) throw new TidemarkError('unauthorized', `Not for ${agent}.`, 'Use another token.')
      const isNew = !escalations.has(id)
      escalations.set(id, body)
      if (isNew) reviews.push(exampleEscalation(id, agent))
      return { id, isNew }
    },
    listAgents: async () => agents.map((agent) => ({ ...agent, verdict: newest(agent.agent) ?? null })),
    verdict: async (agent, slotAt) =>
      slotAt === undefined
        ? newest(agent)
        : verdicts.find((verdict) => verdict.agent === agent && verdict.slotAt === slotAt),
    verdicts: async (agent, limit) => verdicts.filter((verdict) => verdict.agent === agent).slice(-limit),
    changes: async (agent) => newest(agent)?.changes ?? [],
    baselines: async (agent) => baselines.filter((baseline) => baseline.agent === agent),
    incidents: async (agent) => incidents.filter((incident) => agent === undefined || incident.agent === agent),
    resolveIncident: async (id, action, by) => {
      const incident = incidents.find((candidate) => candidate.id === id)
      if (incident === undefined) throw new TidemarkError('argument_invalid', `No incident ${id}.`, 'Look again.')
      return { ...incident, state: action === 'acknowledge' ? 'acknowledged' : action, by }
    },
    excludedWindows: async () => [],
    excludeWindow: async ({ by, ...window }) => ({
      window: { ...window, id: 'window-1', excludedAt: 0, excludedBy: by, removed: null },
      rescored: [],
      skipped: [],
      recomputed: 0,
      replays: [],
      touchesBaseline: false,
      opened: [],
      unsupported: [],
    }),
    includeWindow: async ({ id }) => {
      throw new TidemarkError('argument_invalid', `No window ${id}.`, 'Look again.')
    },
    ledger: async (agent) => ({
      agent,
      since: 0,
      falsePagesPerYear: 1,
      pages: { open: 1, acknowledged: 0, fixed: 0, accepted: 0, false_alarm: 2 },
      wouldBePages: { open: 0, acknowledged: 0, fixed: 0, accepted: 0, false_alarm: 1 },
    }),
    runAgent: async (agent) => [newest(agent)].filter((verdict) => verdict !== undefined),
    sentinelStatus: async (agent) => ({
      agent,
      off: 'There is no baseline.',
      inputs: 0,
      runs: 0,
      nextSlotAt: null,
      report: null,
    }),
    openReviews: async (agent) => reviews.filter((one) => one.agent === agent),
    auditLog: async ({ agent, limit }) =>
      audit
        .filter((entry) => agent === undefined || entry.agent === agent)
        .toReversed()
        .slice(0, limit),
    audit: async (entry) => {
      audit.push(entry)
    },
    metrics: async () => ({
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
      body: 'tidemark_store_bytes 1\n',
    }),
    ready: async () => undefined,
  }
  return { service, traces, escalations, audit }
}

function exampleEscalation(id: string, agent: string): Escalation {
  const nothing = { context: null, input: null, output: null, traceId: null, spanId: null }
  return { id, agent, reason: 'policy', priority: 'normal', question: '', createdAt: 0, ...nothing }
}

function idAndAgentOf(body: unknown): { id: string; agent: string } {
  if (typeof body === 'object' && body !== null && 'id' in body && 'agent' in body)
    return { id: String(body.id), agent: String(body.agent) }
  throw new TidemarkError('escalation_invalid', 'The escalation has no id or no agent.', 'Send both.')
}
