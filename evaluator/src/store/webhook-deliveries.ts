import type { StoreDatabase } from './open-store.ts'

/** A message to one webhook that has not arrived yet. Times are epoch milliseconds. */
export type WebhookDelivery = {
  readonly id: string
  readonly webhook: string
  readonly body: string
  readonly createdAt: number
  readonly dueAt: number
  readonly attempts: number
}

/** Stored in the transaction of what they tell of, so that neither exists without the other. */
export async function insertDeliveries(
  db: StoreDatabase,
  deliveries: readonly Pick<WebhookDelivery, 'id' | 'webhook' | 'body' | 'createdAt'>[],
): Promise<void> {
  if (deliveries.length === 0) return
  await db
    .insertInto('webhook_delivery')
    .values(
      deliveries.map(({ id, webhook, body, createdAt }) => ({
        id,
        webhook,
        body,
        state: 'pending' as const,
        created_at: createdAt,
        due_at: createdAt,
        attempts: 0,
      })),
    )
    .execute()
}

/** The addresses that have not been told everything. */
export async function waitingWebhooks(db: StoreDatabase): Promise<string[]> {
  const rows = await db
    .selectFrom('webhook_delivery')
    .select('webhook')
    .distinct()
    .where('state', '=', 'pending')
    .execute()
  return rows.map(({ webhook }) => webhook)
}

/** The deliveries to one webhook that are due, oldest first. */
export async function dueDeliveries(
  db: StoreDatabase,
  webhook: string,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<WebhookDelivery[]> {
  const rows = await db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('state', '=', 'pending')
    .where('webhook', '=', webhook)
    .where('due_at', '<=', now)
    .orderBy('created_at')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    webhook: row.webhook,
    body: row.body,
    createdAt: row.created_at,
    dueAt: row.due_at,
    attempts: row.attempts,
  }))
}

/**
 * Takes a delivery for one attempt, by moving its time from the one the caller saw: of several processes one gets it, and
 * if that one dies it is due again at `nextDueAt`.
 */
export async function takeDelivery(db: StoreDatabase, seen: WebhookDelivery, nextDueAt: number): Promise<boolean> {
  const result = await db
    .updateTable('webhook_delivery')
    .set({ due_at: nextDueAt, attempts: seen.attempts + 1 })
    .where('id', '=', seen.id)
    .where('state', '=', 'pending')
    .where('due_at', '=', seen.dueAt)
    .where('attempts', '=', seen.attempts)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** Ends a delivery. The row stays until {@link expireDeliveries}, so that an operator can look. */
export async function endDelivery(db: StoreDatabase, id: string, state: 'delivered' | 'given_up'): Promise<void> {
  await db.updateTable('webhook_delivery').set({ state }).where('id', '=', id).execute()
}

/** Drops what was ended and created before a time. */
export async function expireDeliveries(db: StoreDatabase, before: number): Promise<void> {
  await db.deleteFrom('webhook_delivery').where('state', '!=', 'pending').where('created_at', '<', before).execute()
}
