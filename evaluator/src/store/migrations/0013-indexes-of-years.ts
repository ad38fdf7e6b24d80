import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * What is asked all the time is found without reading what years have left: an index of the few rows that are meant. Of a
 * conversation only its beginning is in the index, since the keys of PostgreSQL are of a bounded length.
 */
export const indexesOfYears: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index call_record_by_conversation on call_record (agent, substr(conversation_id, 1, 64), started_at)
    where conversation_id is not null`.execute(db)
  await sql`
    create index call_record_with_text on call_record (agent, started_at)
    where (input is not null or output is not null)`.execute(db)
  await sql`create index run_slot_running on run_slot (owner) where status = 'running'`.execute(db)
  await sql`create index sentinel_run_running on sentinel_run (owner) where status = 'running'`.execute(db)
}
