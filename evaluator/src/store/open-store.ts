import Database from 'better-sqlite3'
import { Kysely, SqliteDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { TidemarkError } from '../domain/errors.ts'
import { firstTables } from './migrations/0001-first-tables.ts'
import type { Schema } from './schema.ts'

export type StoreDatabase = Kysely<Schema>

export type Store = {
  readonly db: StoreDatabase
  /** Size of the database in bytes. */
  bytes(): Promise<number>
  close(): Promise<void>
}

const MIGRATIONS = { '0001-first-tables': firstTables }

/**
 * Opens (and creates or migrates) the store behind `sqlite:PATH`.
 * Every commit is on disk when it returns (`synchronous=FULL`): what ingest acknowledges survives a crash.
 * @throws {TidemarkError} `store_unavailable`, `store_too_new`
 */
export async function openStore(url: string): Promise<Store> {
  const path = url.slice('sqlite:'.length)
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: openSqlite(path) }) })
  try {
    await migrate(db)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return { db, bytes: () => databaseBytes(db), close: () => db.destroy() }
}

/** Runs a piece of work on the store and gives its failures the code that the borders know. */
export async function guardStore<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof Database.SqliteError) throw unavailable(cause.message, cause)
    throw cause
  }
}

function openSqlite(path: string): Database.Database {
  try {
    const database = new Database(path)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('busy_timeout = 10000')
    database.pragma('foreign_keys = ON')
    return database
  } catch (cause) {
    throw unavailable(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}

function unavailable(what: string, cause: unknown): TidemarkError {
  return new TidemarkError(
    'store_unavailable',
    `The store cannot be used (${what}).`,
    'Check that store.url names a folder that exists, is writable and has space left; nothing that was acknowledged is lost.',
    { cause },
  )
}

async function migrate(db: StoreDatabase): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(MIGRATIONS) } })
  const { error } = await migrator.migrateToLatest()
  if (error === undefined) return
  const message = error instanceof Error ? error.message : 'unknown failure'
  if (/corrupted migrations|missing/u.test(message)) {
    throw new TidemarkError(
      'store_too_new',
      `The store was written by a newer Tidemark (${message}).`,
      'Start the newer version, or give this one another store.url.',
      { cause: error },
    )
  }
  throw unavailable(message, error)
}

async function databaseBytes(db: StoreDatabase): Promise<number> {
  const pages = await sql<{ bytes: number }>`
    select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`.execute(db)
  return pages.rows[0]?.bytes ?? 0
}
