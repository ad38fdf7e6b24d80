import type { Kysely } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import { TidemarkError } from '../domain/errors.ts'
import type { Engine } from '../domain/store-url.ts'
import { byteOrderedText } from './byte-order.ts'
import { firstTables } from './migrations/0001-first-tables.ts'
import { webhookDeliveries } from './migrations/0002-webhook-deliveries.ts'
import { judge } from './migrations/0003-judge.ts'
import { signals } from './migrations/0004-signals.ts'
import { runSteps } from './migrations/0005-run-steps.ts'
import { judgeAnchors } from './migrations/0006-judge-anchors.ts'
import { sentinelInputs } from './migrations/0007-sentinel-inputs.ts'
import { sentinelRuns } from './migrations/0008-sentinel-runs.ts'
import { plannedChanges } from './migrations/0009-planned-changes.ts'
import { excludedWindows } from './migrations/0010-excluded-windows.ts'
import { expiredBaselines } from './migrations/0011-expired-baselines.ts'
import { audit } from './migrations/0012-audit.ts'
import { indexesOfYears } from './migrations/0013-indexes-of-years.ts'
import { recordsOfInputs } from './migrations/0014-records-of-inputs.ts'
import type { Schema } from './schema.ts'

/** Every migration by its number, the order in which they run. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first-tables': firstTables,
  '0002-webhook-deliveries': webhookDeliveries,
  '0003-judge': judge,
  '0004-signals': signals,
  '0005-run-steps': runSteps,
  '0006-judge-anchors': judgeAnchors,
  '0007-sentinel-inputs': sentinelInputs,
  '0008-sentinel-runs': sentinelRuns,
  '0009-planned-changes': plannedChanges,
  '0010-excluded-windows': excludedWindows,
  '0011-expired-baselines': expiredBaselines,
  '0012-audit': audit,
  '0013-indexes-of-years': indexesOfYears,
  '0014-records-of-inputs': recordsOfInputs,
}

/**
 * Brings a database to the newest migration, all or nothing. Processes that start at once wait for each other: on
 * PostgreSQL by an advisory lock, on SQLite by its write lock.
 * @throws {TidemarkError} `store_unavailable`, `store_too_new`
 */
export async function migrate(db: Kysely<Schema>, engine: Engine): Promise<void> {
  const migrator = new Migrator({
    db: engine === 'postgres' ? db.withPlugin(byteOrderedText()) : db,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  if (error instanceof TidemarkError) throw error
  const message = error instanceof Error ? error.message : 'unknown failure'
  if (/corrupted migrations|missing/u.test(message)) {
    throw new TidemarkError(
      'store_too_new',
      `The store was written by a newer Tidemark (${message}).`,
      'Start the newer version, or give this one another store.url.',
      { cause: error },
    )
  }
  throw new TidemarkError(
    'store_unavailable',
    `The store cannot be brought to this version (${message}).`,
    'Nothing was changed. Check that the database is Tidemark’s own, and report the message if it is.',
    { cause: error },
  )
}
