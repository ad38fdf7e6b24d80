import type { AgentOverview } from '../http/port.ts'
import { agentsSeen } from '../store/agents.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { reviewCounts } from '../store/reviews.ts'
import { verdictOf } from '../store/runs.ts'

/** Every agent that was seen, with its open cases and newest verdict. */
export async function listAgents(db: StoreDatabase): Promise<AgentOverview[]> {
  const reviews = await reviewCounts(db)
  const overviews: AgentOverview[] = []
  for (const { name, lastSeenAt, calls } of await agentsSeen(db)) {
    const open = reviews.filter((count) => count.agent === name && count.state === 'open')
    overviews.push({
      agent: name,
      lastSeenAt,
      calls,
      openReviewItems: open.reduce((sum, { items }) => sum + items, 0),
      verdict: (await verdictOf(db, name)) ?? null,
    })
  }
  return overviews
}
