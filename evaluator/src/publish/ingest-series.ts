import type { IngestCounters } from './published-state.ts'

/** One counter of one agent; the agent is empty where the sender's is not one of ours. */
export type AgentCount = { readonly agent: string; readonly label: string; readonly count: number }

/** Spans received by outcome. */
export function spanCounts({ spans }: IngestCounters, knownAgents: ReadonlySet<string>): AgentCount[] {
  return sumByAgent(
    spans.map(({ agent, outcome, count }) => ({ agent, label: outcome, count })),
    knownAgents,
  )
}

/** Spans refused by reason. */
export function rejectedCounts({ rejected }: IngestCounters, knownAgents: ReadonlySet<string>): AgentCount[] {
  return sumByAgent(
    rejected.map(({ agent, reason, count }) => ({ agent, label: reason, count })),
    knownAgents,
  )
}

/** A sender can invent any number of agent names, so a name that is not published has no series of its own. */
function sumByAgent(counts: readonly AgentCount[], knownAgents: ReadonlySet<string>): AgentCount[] {
  const sums = new Map<string, AgentCount>()
  for (const entry of counts) {
    const agent = knownAgents.has(entry.agent) ? entry.agent : ''
    const key = JSON.stringify([agent, entry.label])
    sums.set(key, { agent, label: entry.label, count: (sums.get(key)?.count ?? 0) + entry.count })
  }
  return [...sums.values()]
}
