import { engineOf, type StoreDatabase } from './open-store.ts'

/** An agent that has sent at least one call. Times are those of its calls, epoch milliseconds. */
export type SeenAgent = {
  readonly name: string
  readonly firstSeenAt: number
  readonly lastSeenAt: number
  readonly calls: number
}

/**
 * Inside a transaction: until it ends, no other one that asks for the same agent goes on. SQLite needs nothing for it: one
 * transaction writes at a time.
 */
export async function holdAgent(db: StoreDatabase, agent: string): Promise<void> {
  if (engineOf(db) === 'sqlite') return
  await db.selectFrom('agent').select('name').where('name', '=', agent).forUpdate().execute()
}

export async function agentsSeen(db: StoreDatabase): Promise<SeenAgent[]> {
  const rows = await db.selectFrom('agent').selectAll().orderBy('name').execute()
  return rows.map((row) => ({
    name: row.name,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    calls: row.calls,
  }))
}
