import Database from 'better-sqlite3'
import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
} from 'kysely'
import { asStoreFailure } from './store-failure.ts'
import { storable } from './storable-text.ts'

/** Statements kept compiled; those whose text depends on data are few, and the oldest go first. */
const KEPT_STATEMENTS = 200
const BUSY_TIMEOUT_MILLISECONDS = 10_000
/** 32 MiB of log. */
const CHECKPOINT_PAGES = 8192
const CACHE_KIBIBYTES = 65_536
/** After these the handle may be stale although the file is good again: remounted, replaced, given other permissions. */
const REOPEN_AFTER = /^SQLITE_(READONLY|IOERR|CANTOPEN|CORRUPT|NOTADB)/u

/**
 * SQLite as kysely sees it. Every commit is on disk when it returns (`synchronous=FULL`). A transaction takes the write
 * lock when it begins, unless it is read only: one that read first could not write after another process did.
 */
export function sqliteDialect(path: string): Dialect {
  return {
    createAdapter: () => new TransactionalSqliteAdapter(),
    createDriver: () => sqliteDriver(path),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** Migrations run inside one transaction, whose write lock keeps a second process out. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

function sqliteDriver(path: string): Driver {
  let open: SqliteHandle | null = null
  const close = (): void => {
    open?.database.close()
    open = null
  }
  const handle = (): SqliteHandle => {
    if (open?.isStale === true && path !== ':memory:') close()
    open ??= openHandle(path)
    return open
  }
  const connection: DatabaseConnection = {
    executeQuery: async <Row>(query: CompiledQuery) => handle().execute<Row>(query),
    streamQuery: async function* <Row>(query: CompiledQuery): AsyncGenerator<QueryResult<Row>> {
      for (const row of handle().iterate<Row>(query)) yield { rows: [row] }
    },
  }
  const run = async (sql: string): Promise<void> => handle().command(sql)
  return {
    init: async () => void handle(),
    acquireConnection: async () => connection,
    beginTransaction: (_, { accessMode }) => run(accessMode === 'read only' ? 'begin' : 'begin immediate'),
    commitTransaction: () => run('commit'),
    // SQLite itself rolls back after some failures, such as a full disk
    rollbackTransaction: async () => (open?.database.inTransaction === true ? run('rollback') : undefined),
    releaseConnection: async () => undefined,
    destroy: async () => close(),
  }
}

type SqliteHandle = {
  readonly database: Database.Database
  readonly isStale: boolean
  execute<Row>(query: CompiledQuery): QueryResult<Row>
  iterate<Row>(query: CompiledQuery): Generator<Row>
  command(sql: string): void
}

function openHandle(path: string): SqliteHandle {
  const database = openDatabase(path)
  const statements = new Map<string, Database.Statement>()
  let isStale = false

  function guarded<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (cause) {
      isStale ||= cause instanceof Database.SqliteError && REOPEN_AFTER.test(cause.code)
      throw asStoreFailure(cause)
    }
  }

  function statement(sql: string): Database.Statement {
    const kept = statements.get(sql)
    if (kept !== undefined) return kept
    const fresh = database.prepare(sql)
    const [oldest] = statements.keys()
    if (oldest !== undefined && statements.size >= KEPT_STATEMENTS) statements.delete(oldest)
    statements.set(sql, fresh)
    return fresh
  }

  return {
    database,
    get isStale() {
      return isStale && !database.inTransaction
    },
    execute: <Row>({ sql, parameters }: CompiledQuery) =>
      guarded((): QueryResult<Row> => {
        const prepared = statement(sql)
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- kysely knows the type of a row from its query
        if (prepared.reader) return { rows: prepared.all(...storable(parameters)) as Row[] }
        const { changes } = prepared.run(...storable(parameters))
        return { rows: [], numAffectedRows: BigInt(changes) }
      }),
    // a statement of its own: one that is being read cannot be run a second time
    *iterate<Row>({ sql, parameters }: CompiledQuery): Generator<Row> {
      try {
        yield* database.prepare<unknown[], Row>(sql).iterate(...storable(parameters))
      } catch (cause) {
        throw asStoreFailure(cause)
      }
    },
    command: (sql) => guarded(() => void database.exec(sql)),
  }
}

function openDatabase(path: string): Database.Database {
  let database: Database.Database | undefined
  try {
    database = new Database(path)
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MILLISECONDS}`)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    // identifiers are random: pages are written again and again, and are cheaper the longer they wait in log and cache
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    database.pragma(`cache_size = -${CACHE_KIBIBYTES}`)
    return database
  } catch (cause) {
    database?.close()
    // better-sqlite3 reports a missing folder as a TypeError without a code
    throw asStoreFailure(
      cause instanceof Database.SqliteError
        ? cause
        : new Database.SqliteError(
            `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
            'SQLITE_CANTOPEN',
          ),
    )
  }
}
