import { Kysely, PostgresAdapter, sql } from 'kysely'
import { TidemarkError } from '../domain/errors.ts'
import { engineOfUrl, sqlitePath, type Engine } from '../domain/store-url.ts'
import { migrate } from './migrate.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { TABLE_KEYS, type Schema } from './schema.ts'
import { sqliteDialect } from './sqlite-dialect.ts'

export type StoreDatabase = Kysely<Schema>

export type Store = {
  readonly db: StoreDatabase
  readonly engine: Engine
  /** Size in bytes: of the database file, or of the tables with their indexes. */
  bytes(): Promise<number>
  close(): Promise<void>
}

/**
 * Opens (and creates or migrates) the store behind `sqlite:PATH` or `postgres://…`. What a commit returned survives a crash.
 * Every failure of the database is a `store_unavailable` with the database's code; the store is used again as soon as the
 * database can be, without a restart.
 * @param password of the PostgreSQL user, where the address has none
 * @param isPatient for work on the whole store: a statement may take as long as it needs
 * @throws {TidemarkError} `store_unavailable`, `store_too_new`
 */
export async function openStore(
  url: string,
  { password, isPatient = false }: { readonly password?: string | undefined; readonly isPatient?: boolean } = {},
): Promise<Store> {
  const engine = engineOfUrl(url)
  if (engine === undefined)
    throw new TidemarkError(
      'config_invalid',
      'store.url is neither sqlite:PATH nor postgres://USER@HOST/DATABASE.',
      'Correct store.url in the configuration.',
    )
  const dialect = engine === 'sqlite' ? sqliteDialect(sqlitePath(url)) : postgresDialect(url, { password, isPatient })
  const db = new Kysely<Schema>({ dialect })
  try {
    await migrate(db, engine)
  } catch (error) {
    await db.destroy()
    throw error
  }
  return { db, engine, bytes: () => databaseBytes(db), close: () => db.destroy() }
}

/** The engine behind a database or a transaction of it. */
export function engineOf(db: StoreDatabase): Engine {
  return db.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite'
}

async function databaseBytes(db: StoreDatabase): Promise<number> {
  const query =
    engineOf(db) === 'sqlite'
      ? sql<{ bytes: number }>`select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`
      : sql<{ bytes: number }>`
          select coalesce(sum(pg_total_relation_size(oid)), 0)::bigint as bytes from pg_class
          where relnamespace = current_schema()::regnamespace and relname in (${sql.join(Object.keys(TABLE_KEYS))})`
  return (await query.execute(db)).rows[0]?.bytes ?? 0
}
