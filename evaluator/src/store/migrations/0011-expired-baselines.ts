import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Who let a baseline expire before its time, and why; beside the document, which nothing edits. */
export const expiredBaselines: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('baseline').addColumn('expired_by', 'text').execute()
  await db.schema.alterTable('baseline').addColumn('expired_why', 'text').execute()
}
