import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Runs of sentinels with their leases, the questions of the run under way, whose incidents are those of replays, and the right
 * answers of frozen inputs.
 */
export const sentinelRuns: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sentinel_run')
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('slot_at', 'bigint', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('owner', 'text', (column) => column.notNull())
    .addColumn('lease_until', 'bigint', (column) => column.notNull())
    .addColumn('fence', 'bigint', (column) => column.notNull())
    .addColumn('attempts', 'bigint', (column) => column.notNull())
    .addColumn('baseline', 'text')
    .addColumn('replays', 'text')
    .addColumn('report', 'text')
    .addPrimaryKeyConstraint('sentinel_run_key', ['agent', 'slot_at'])
    .execute()
  await db.schema
    .createTable('sentinel_question')
    .addColumn('agent', 'text', (column) => column.notNull())
    .addColumn('slot_at', 'bigint', (column) => column.notNull())
    .addColumn('input', 'text', (column) => column.notNull())
    .addColumn('asked_at', 'bigint', (column) => column.notNull())
    .addColumn('outcome', 'text')
    .addPrimaryKeyConstraint('sentinel_question_key', ['agent', 'slot_at', 'input'])
    .execute()
  await db.schema
    .alterTable('incident')
    .addColumn('suite', 'text', (column) => column.notNull().defaultTo('production'))
    .execute()
  await db.schema.alterTable('sentinel_input').addColumn('reference', 'text').execute()
}
