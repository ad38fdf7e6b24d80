import type { Transaction } from 'kysely'
import type { StoreDatabase } from './open-store.ts'
import type { Schema } from './schema.ts'

const ATTEMPTS = 4
/** PostgreSQL: another transaction was in the way, and this one was undone so that the other can go on. */
const TRY_AGAIN = new Set(['40001', '40P01'])

/** Runs work in a transaction, again where PostgreSQL ended it in favour of another one. */
export async function inTransaction<Result>(
  db: StoreDatabase,
  work: (transaction: Transaction<Schema>) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      const isInTheWay = error instanceof Error && 'code' in error && TRY_AGAIN.has(String(error.code))
      if (!isInTheWay || attempt === ATTEMPTS) throw error
    }
  }
}
