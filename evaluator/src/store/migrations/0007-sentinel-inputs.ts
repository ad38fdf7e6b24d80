import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Texts of the frozen inputs of baselines: replayed for as long as the baseline is in force, and removable one by one. */
export const sentinelInputs: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sentinel_input')
    .addColumn('baseline', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('segment', 'text')
    .addColumn('prompt_name', 'text')
    .addColumn('trace_id', 'text')
    .addColumn('conversation_id', 'text')
    .addColumn('user_hash', 'text')
    .addColumn('input', 'text')
    .addColumn('forgotten_at', 'bigint')
    .addPrimaryKeyConstraint('sentinel_input_key', ['baseline', 'id'])
    .execute()
  await db.schema.createIndex('sentinel_input_by_trace').on('sentinel_input').columns(['agent', 'trace_id']).execute()
}
