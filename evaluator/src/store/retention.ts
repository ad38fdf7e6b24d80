import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { StoreDatabase } from './open-store.ts'
import { timeBound } from './time-bound.ts'

/** Rows of one statement: a few milliseconds, after which others have their turn. */
const ROWS_PER_DELETE = 500

const TIMES = { call_record: 'started_at', validation_record: 'at', decision_record: 'at' } as const

/**
 * Removes telemetry older than `before`; baselines, runs and incidents stay. It goes in small steps and lets ingest run in
 * between; a step that fails leaves the rest for the next time. Returns the number of calls removed.
 */
export async function expireTelemetry(db: StoreDatabase, before: number): Promise<number> {
  let calls = 0
  for (const { name } of await db.selectFrom('agent').select('name').orderBy('name').execute())
    for (const [table, time] of Object.entries(TIMES))
      for (;;) {
        const removed = await deleteOldest(db, { table, time, agent: name, before: timeBound(before) })
        if (table === 'call_record') calls += removed
        if (removed < ROWS_PER_DELETE) break
        await setImmediate()
      }
  return calls
}

async function deleteOldest(
  db: StoreDatabase,
  { table, time, agent, before }: { table: string; time: string; agent: string; before: number },
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from ${sql.table(table)} where (trace_id, span_id) in (
      select trace_id, span_id from ${sql.table(table)}
      where agent = ${agent} and ${sql.ref(time)} < ${before} order by ${sql.ref(time)} limit ${sql.lit(ROWS_PER_DELETE)})
  `.execute(db)
  return Number(numAffectedRows)
}
