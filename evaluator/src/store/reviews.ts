import type { StoreDatabase } from './open-store.ts'

export const PRIORITIES = ['high', 'normal', 'low'] as const
export type Priority = (typeof PRIORITIES)[number]

/** One case for a human. `context`, `input` and `output` are JSON text. */
export type NewReviewItem = {
  readonly id: string
  readonly agent: string
  readonly reason: string
  readonly priority: Priority
  readonly question: string
  readonly context: string
  readonly input: string
  readonly output: string
  readonly traceId: string | null
  readonly spanId: string | null
  readonly createdAt: number
}

/** Stores an item once per id, however often it is delivered. Returns whether it was new. */
export async function insertReviewItem(db: StoreDatabase, item: NewReviewItem, receivedAt: number): Promise<boolean> {
  const row = await db
    .insertInto('review_item')
    .values({
      id: item.id,
      agent: item.agent,
      state: 'open',
      reason: item.reason,
      priority: item.priority,
      question: item.question,
      context: item.context,
      input: item.input,
      output: item.output,
      trace_id: item.traceId,
      span_id: item.spanId,
      created_at: item.createdAt,
      received_at: receivedAt,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst()
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
