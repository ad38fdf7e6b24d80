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

/** Items of an agent that nobody decided yet, oldest first. */
export async function openReviewItems(db: StoreDatabase, agent: string, limit: number): Promise<Escalation[]> {
  const rows = await db
    .selectFrom('review_item')
    .selectAll()
    .where('agent', '=', agent)
    .where('state', '=', 'open')
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    agent: row.agent,
    reason: row.reason,
    priority: row.priority,
    question: row.question,
    context: JSON.parse(row.context) as unknown,
    input: JSON.parse(row.input) as unknown,
    output: JSON.parse(row.output) as unknown,
    traceId: row.trace_id,
    spanId: row.span_id,
    createdAt: row.created_at,
  }))
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
