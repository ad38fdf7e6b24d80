import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What comes beside spans: scores of others, texts sent as log records, changes that no span shows. */
export const signals: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('external_score')
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('value', 'double precision')
    .addColumn('label', 'text')
    .addColumn('selection', 'text', (column) => column.notNull())
    .addColumn('lag_milliseconds', 'bigint')
    .addColumn('trace_id', 'text')
    .addColumn('span_id', 'text')
    .addColumn('response_id', 'text')
    .addColumn('conversation_id', 'text')
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('external_score_key', ['agent', 'id'])
    .execute()
  await db.schema.createIndex('external_score_by_time').on('external_score').columns(['agent', 'at']).execute()

  await db.schema
    .createTable('call_content')
    .addColumn('trace_id', 'text', (column) => column.notNull())
    .addColumn('span_id', 'text', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('input', 'text')
    .addColumn('output', 'text')
    .addPrimaryKeyConstraint('call_content_key', ['trace_id', 'span_id'])
    .execute()
  await db.schema.createIndex('call_content_by_time').on('call_content').columns(['agent', 'at']).execute()

  await db.schema
    .createTable('announced_change')
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('announced_by', 'text')
    .addColumn('link', 'text')
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('announced_change_key', ['agent', 'id'])
    .execute()
}
