import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Incidents of a variant, and what is known of an announced change beside its event: the gate it passed, its promotion. */
export const plannedChanges: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('incident').addColumn('variant', 'text').execute()
  await db.schema
    .createTable('planned_change')
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('gate', 'text')
    .addColumn('promotes', 'text')
    .addColumn('received_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('planned_change_key', ['agent', 'id'])
    .execute()
  await db.schema.createIndex('planned_change_by_agent').on('planned_change').columns(['agent', 'at']).execute()
}
