import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { StoreDatabase } from './open-store.ts'
import { rowLines, TABLES } from './row-lines.ts'

/** What an export holds: rows of each table, and the SHA-256 of its rows as lines. */
export type ExportSummary = { readonly counts: Readonly<Record<string, number>>; readonly sha256: string }

/** First line of an export. */
export type ExportHeader = { readonly tidemarkStore: 1; readonly migrations: readonly string[] }

/**
 * Writes the whole store as JSON lines: a header, every row, and at the end counts and hash. All of it is of one moment,
 * and nobody has to wait for it.
 */
export async function exportStore(db: StoreDatabase, write: (line: string) => Promise<void>): Promise<ExportSummary> {
  return await db
    .transaction()
    .setAccessMode('read only')
    .setIsolationLevel('repeatable read')
    .execute(async (snapshot) => {
      const header: ExportHeader = { tidemarkStore: 1, migrations: await migrationsOf(snapshot) }
      await write(JSON.stringify(header))
      const summary = await summarise(snapshot, write)
      await write(JSON.stringify(summary))
      return summary
    })
}

/** Reads every row, and tells each line of it. */
export async function summarise(
  db: StoreDatabase,
  tell: (line: string) => Promise<void> | undefined,
): Promise<ExportSummary> {
  const hash = createHash('sha256')
  const counts: Record<string, number> = {}
  for (const table of TABLES) {
    let count = 0
    for await (const line of rowLines(db, table)) {
      hash.update(line).update('\n')
      count += 1
      await tell(line)
    }
    counts[table] = count
  }
  return { counts, sha256: hash.digest('hex') }
}

export async function migrationsOf(db: StoreDatabase): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db)
  return rows.map(({ name }) => name).toSorted()
}
