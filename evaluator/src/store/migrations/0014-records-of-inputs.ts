import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The records that the harness made of a frozen input: what a judge keeps of them goes when the input is forgotten. */
export const recordsOfInputs: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('sentinel_input').addColumn('records', 'text').execute()
}
