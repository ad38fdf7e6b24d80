import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What judges answered, and what they used: a record is paid for once, and a day's budget holds over all processes. */
export const judge: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('judge_answer')
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('record', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('choice', 'text')
    .addColumn('value', 'double precision')
    .addColumn('explanation', 'text', (column) => column.notNull())
    .addColumn('tokens', 'bigint', (column) => column.notNull())
    .addColumn('usd', 'double precision')
    .addColumn('answered_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('judge_answer_key', ['agent', 'version', 'record'])
    .execute()
  await db.schema.createIndex('judge_answer_by_time').on('judge_answer').columns(['answered_at']).execute()

  await db.schema
    .createTable('judge_spend')
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('judge', 'text', (column) => column.notNull())
    .addColumn('day', 'text', (column) => column.notNull())
    .addColumn('calls', 'bigint', (column) => column.notNull())
    .addColumn('tokens', 'bigint', (column) => column.notNull())
    .addColumn('micro_usd', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('judge_spend_key', ['agent', 'judge', 'day'])
    .execute()
}
