import type { Configuration } from '../config.ts'
import { checkStore, vacuumStore, type StoreCheck } from '../store/store-check.ts'
import { exportStore, type ExportSummary } from '../store/store-export.ts'
import { importStore } from '../store/store-import.ts'
import { openConfiguredStore } from './open-configured-store.ts'

export type { ExportSummary } from '../store/store-export.ts'

/** What an operator does with a whole store. */
export type StoreCare = {
  check(): Promise<StoreCheck>
  /** Sizes in bytes. */
  vacuum(): Promise<{ before: number; after: number }>
  export(write: (line: string) => Promise<void>): Promise<ExportSummary>
  /** @throws {TidemarkError} `store_not_empty`, `import_invalid` */
  import(lines: AsyncIterable<string>, tell: (rows: number) => void): Promise<ExportSummary>
}

/**
 * Opens the store for work on the whole of it, without the limits on time that a service has, and closes it whatever happens.
 * @throws {TidemarkError} `config_unreadable`, `store_unavailable`, `store_too_new`
 */
export async function withStoreCare<Result>(
  settings: Configuration['store'],
  work: (care: StoreCare) => Promise<Result>,
): Promise<Result> {
  const store = await openConfiguredStore(settings, { isPatient: true })
  try {
    return await work({
      check: () => checkStore(store.db),
      async vacuum() {
        const before = await store.bytes()
        await vacuumStore(store.db)
        return { before, after: await store.bytes() }
      },
      export: (write) => exportStore(store.db, write),
      import: (lines, tell) => importStore(store.db, lines, tell),
    })
  } finally {
    await store.close()
  }
}
