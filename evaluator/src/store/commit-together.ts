import { setImmediate } from 'node:timers/promises'
import type { Transaction } from 'kysely'
import { engineOf, type StoreDatabase } from './open-store.ts'
import type { Schema } from './schema.ts'
import { inTransaction } from './transaction.ts'

/** Most pieces of work in one transaction: what comes later does not wait much longer than a few would take. */
const MOST_TOGETHER = 16

type Waiting = {
  readonly run: (transaction: Transaction<Schema>) => Promise<void>
  readonly committed: () => void
  readonly failed: (error: unknown) => void
}

const queues = new WeakMap<StoreDatabase, Waiting[]>()

/**
 * Runs work in a transaction, and returns once it is committed. On SQLite a commit waits for the disk, so that work which
 * arrives in the same moment shares one; PostgreSQL does so by itself. Work that fails fails alone.
 * @param work may be run a second time, when work beside it failed
 */
export async function commitTogether<Result>(
  db: StoreDatabase,
  work: (transaction: Transaction<Schema>) => Promise<Result>,
): Promise<Result> {
  if (engineOf(db) === 'postgres') return await inTransaction(db, work)
  let result: { readonly value: Result } | undefined
  const run = async (transaction: Transaction<Schema>): Promise<void> => {
    result = { value: await work(transaction) }
  }
  await new Promise<void>((committed, failed) => enqueue(db, { run, committed, failed }))
  if (result === undefined) throw new TypeError('work was committed without being run')
  return result.value
}

function enqueue(db: StoreDatabase, waiting: Waiting): void {
  const queue = queues.get(db)
  if (queue !== undefined) {
    queue.push(waiting)
    return
  }
  const fresh = [waiting]
  queues.set(db, fresh)
  void drain(db, fresh)
}

async function drain(db: StoreDatabase, queue: Waiting[]): Promise<void> {
  while (queue.length > 0) {
    // what has arrived by now is read before anything is written
    await setImmediate()
    const together = queue.splice(0, MOST_TOGETHER)
    if (!(await commit(db, together))) for (const one of together) await commitAlone(db, one)
  }
  queues.delete(db)
}

/** False: nothing was kept of any of them. */
async function commit(db: StoreDatabase, together: readonly Waiting[]): Promise<boolean> {
  if (together.length === 1) return false
  try {
    await inTransaction(db, async (transaction) => {
      for (const { run } of together) await run(transaction)
    })
  } catch {
    // each is tried alone, and told its own failure
    return false
  }
  for (const { committed } of together) committed()
  return true
}

async function commitAlone(db: StoreDatabase, { run, committed, failed }: Waiting): Promise<void> {
  try {
    await inTransaction(db, run)
    committed()
  } catch (error) {
    failed(error)
  }
}
