import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Messages to webhooks, stored with what they tell of and sent afterwards. */
export const webhookDeliveries: Migration = { up }

async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('webhook_delivery')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('webhook', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('due_at', 'bigint', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('webhook_delivery_due').on('webhook_delivery').columns(['state', 'due_at']).execute()
}
