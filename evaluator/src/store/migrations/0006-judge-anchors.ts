import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Texts of the anchors of judges: they are judged again in every run, longer than the calls they come from are kept. */
export const judgeAnchors: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('judge_anchor')
    .addColumn('baseline', 'text', (column) => column.notNull())
    .addColumn('score', 'text', (column) => column.notNull())
    .addColumn('anchor', 'bigint', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('trace_id', 'text', (column) => column.notNull())
    .addColumn('span_id', 'text', (column) => column.notNull())
    .addColumn('parts', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('judge_anchor_key', ['baseline', 'score', 'anchor'])
    .execute()
  await db.schema.createIndex('judge_anchor_by_trace').on('judge_anchor').columns(['agent', 'trace_id']).execute()
}
