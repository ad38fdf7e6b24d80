import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { StoreDatabase } from './open-store.ts'
import { timeBound } from './time-bound.ts'

/** Rows of one statement: a few milliseconds, after which others have their turn. */
const ROWS_PER_STEP = 500

/** Removes the texts of an agent's calls from before a time; the calls stay with everything that needs no text. */
export async function expireContent(db: StoreDatabase, agent: string, before: number): Promise<number> {
  const bound = timeBound(before)
  let expired = 0
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      update call_record set input = null, output = null where (trace_id, span_id) in (
        select trace_id, span_id from call_record
        where agent = ${agent} and started_at < ${bound} and (input is not null or output is not null)
        order by started_at limit ${sql.lit(ROWS_PER_STEP)})`.execute(db)
    expired += Number(numAffectedRows)
    if (Number(numAffectedRows) < ROWS_PER_STEP) break
    await setImmediate()
  }
  await expireContentsBeside(db, agent, bound)
  return expired
}

async function expireContentsBeside(db: StoreDatabase, agent: string, bound: number): Promise<void> {
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      delete from call_content where (trace_id, span_id) in (
        select trace_id, span_id from call_content
        where agent = ${agent} and at < ${bound} order by at limit ${sql.lit(ROWS_PER_STEP)})`.execute(db)
    if (Number(numAffectedRows) < ROWS_PER_STEP) return
    await setImmediate()
  }
}
