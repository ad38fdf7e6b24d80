import type { Escalation, Priority } from '../domain/escalation.ts'
import type { StoreDatabase } from './open-store.ts'

/** Stores an item once per id, however often it is delivered. Returns whether it was new. */
export async function insertReviewItem(db: StoreDatabase, item: Escalation, receivedAt: number): Promise<boolean> {
  const row = await db
    .insertInto('review_item')
    .values({
      id: item.id,
      agent: item.agent,
      state: 'open',
      reason: item.reason,
      priority: item.priority,
      question: item.question,
      context: JSON.stringify(item.context),
      input: JSON.stringify(item.input),
      output: JSON.stringify(item.output),
      trace_id: item.traceId,
      span_id: item.spanId,
      created_at: item.createdAt,
      received_at: receivedAt,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst()
  // an agent that only escalates is an agent too
  await db
    .insertInto('agent')
    .values({ name: item.agent, first_seen_at: receivedAt, last_seen_at: receivedAt, calls: 0 })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
  return row !== undefined
}

export type ReviewCount = {
  readonly agent: string
  readonly state: string
  readonly priority: Priority
  readonly items: number
  readonly oldestAt: number
}

export async function reviewCounts(db: StoreDatabase): Promise<ReviewCount[]> {
  const rows = await db
    .selectFrom('review_item')
    .select((select) => [
      'agent',
      'state',
      'priority',
      select.fn.countAll<number>().as('items'),
      select.fn.min('created_at').as('oldest_at'),
    ])
    .groupBy(['agent', 'state', 'priority'])
    .execute()
  return rows.map((row) => ({
    agent: row.agent,
    state: row.state,
    priority: row.priority,
    items: row.items,
    oldestAt: row.oldest_at,
  }))
}
