import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import { expireJudgements } from './judge-answers.ts'
import type { StoreDatabase } from './open-store.ts'
import { TABLE_KEYS } from './schema.ts'
import { timeBound } from './time-bound.ts'

/** Rows of one statement: a few milliseconds, after which others have their turn. */
const ROWS_PER_DELETE = 500

const TIMES = {
  call_record: 'started_at',
  validation_record: 'at',
  decision_record: 'at',
  step_record: 'started_at',
  call_content: 'at',
  external_score: 'at',
} as const
const TABLES = [
  'call_record',
  'validation_record',
  'decision_record',
  'step_record',
  'call_content',
  'external_score',
] as const

/**
 * Removes telemetry older than `before`; baselines, runs and incidents stay. It goes in small steps and lets ingest run in
 * between; a step that fails leaves the rest for the next time. Returns the number of calls removed.
 */
export async function expireTelemetry(db: StoreDatabase, before: number): Promise<number> {
  let calls = 0
  for (const table of TABLES)
    for await (const agent of agentsOf(db, table))
      for (;;) {
        const removed = await deleteOldest(db, { table, agent, before: timeBound(before) })
        if (table === 'call_record') calls += removed
        if (removed < ROWS_PER_DELETE) break
        await setImmediate()
      }
  await expireJudgements(db, before)
  return calls
}

/** Names in a table, each by one step through its index: steps, texts and scores may be of agents without any call. */
async function* agentsOf(db: StoreDatabase, table: (typeof TABLES)[number]): AsyncGenerator<string> {
  let last = ''
  for (;;) {
    const { rows } = await sql<{ agent: string | null }>`
      select min(agent) as agent from ${sql.table(table)} where agent > ${last}`.execute(db)
    const agent = rows[0]?.agent ?? null
    if (agent === null) return
    yield agent
    last = agent
  }
}

async function deleteOldest(
  db: StoreDatabase,
  { table, agent, before }: { table: (typeof TABLES)[number]; agent: string; before: number },
): Promise<number> {
  const time = TIMES[table]
  const keys = sql.join(TABLE_KEYS[table].map((key) => sql.ref(key)))
  const { numAffectedRows = 0n } = await sql`
    delete from ${sql.table(table)} where (${keys}) in (
      select ${keys} from ${sql.table(table)}
      where agent = ${agent} and ${sql.ref(time)} < ${before} order by ${sql.ref(time)} limit ${sql.lit(ROWS_PER_DELETE)})
  `.execute(db)
  return Number(numAffectedRows)
}
