import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Windows that were taken out of reference and history. A window that counts again keeps its row: it is the audit. */
export const excludedWindows: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('excluded_window')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('from_at', 'bigint', (column) => column.notNull())
    .addColumn('to_at', 'bigint', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('note', 'text')
    .addColumn('excluded_at', 'bigint', (column) => column.notNull())
    .addColumn('excluded_by', 'text', (column) => column.notNull())
    .addColumn('removed_at', 'bigint')
    .addColumn('removed_by', 'text')
    .addColumn('removed_why', 'text')
    .execute()
  await db.schema.createIndex('excluded_window_by_agent').on('excluded_window').columns(['agent', 'from_at']).execute()
}
