import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Spans of agents and tools: the steps of a run. */
export const runSteps: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('step_record')
    .addColumn('trace_id', 'text', (column) => column.notNull())
    .addColumn('span_id', 'text', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('duration_seconds', 'double precision', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('step_record_key', ['trace_id', 'span_id'])
    .execute()
  await db.schema.createIndex('step_record_by_time').on('step_record').columns(['agent', 'started_at']).execute()
}
