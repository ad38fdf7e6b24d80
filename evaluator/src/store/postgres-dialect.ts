import {
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import { Pool, type PoolClient, type QueryResult as PostgresResult, types } from 'pg'
import { TidemarkError } from '../domain/errors.ts'
import { asStoreFailure } from './store-failure.ts'
import { storable } from './storable-text.ts'

const INT8 = 20
const CONNECTIONS = 10
const CONNECT_TIMEOUT_MILLISECONDS = 5_000
/** The client gives up this much after the server should have: a server that is gone without a word must not hold a request. */
const ANSWER_TIMEOUT_MILLISECONDS = 90_000

/**
 * What a session needs. A statement or an open transaction that takes longer than a minute is a defect or a dead client,
 * and a lock that is not had in ten seconds is better asked for again. An acknowledgement means that the commit is on disk,
 * whatever the server's default; a stronger setting of the server stays.
 */
const SESSION = `
  set statement_timeout = '60s';
  set idle_in_transaction_session_timeout = '60s';
  set lock_timeout = '10s';
  select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`
/** The same without limits on time, for work on the whole store. */
const PATIENT_SESSION = `
  set statement_timeout = 0;
  set idle_in_transaction_session_timeout = 0;
  select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`

type PostgresOptions = { readonly password: string | undefined; readonly isPatient: boolean }

/** PostgreSQL as kysely sees it, over a pool whose failures carry the code of the store. */
export function postgresDialect(url: string, options: PostgresOptions): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => postgresDriver(createPool(url, options), options.isPatient ? PATIENT_SESSION : SESSION),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}

function postgresDriver(pool: Pool, settings: string): Driver {
  const sessions = new WeakMap<DatabaseConnection, Session>()
  const prepared = new WeakSet<PoolClient>()
  const command = (connection: DatabaseConnection, sql: string): Promise<PostgresResult> => {
    const session = sessions.get(connection)
    if (session === undefined) throw new TypeError('a connection of another driver')
    return session.run(sql, [])
  }
  return {
    init: async () => undefined,
    async acquireConnection() {
      const client = await pool.connect().catch((cause: unknown) => Promise.reject(asStoreFailure(cause)))
      const session = openSession(client)
      sessions.set(session.connection, session)
      if (!prepared.has(client))
        try {
          await session.run(settings, [])
          prepared.add(client)
        } catch (error) {
          session.release()
          throw error
        }
      return session.connection
    },
    beginTransaction: async (connection, settings) => void (await command(connection, beginOf(settings))),
    async commitTransaction(connection) {
      const { command: done } = await command(connection, 'commit')
      // PostgreSQL answers so when a failed statement was passed over
      if (done === 'ROLLBACK') throw new Error('the transaction was rolled back because a statement in it had failed')
    },
    rollbackTransaction: async (connection) => void (await command(connection, 'rollback')),
    releaseConnection: async (connection) => sessions.get(connection)?.release(),
    destroy: () => pool.end(),
  }
}

function beginOf({ accessMode, isolationLevel }: TransactionSettings): string {
  return ['begin', isolationLevel && `isolation level ${isolationLevel}`, accessMode].filter(Boolean).join(' ')
}

function createPool(url: string, { password, isPatient }: PostgresOptions): Pool {
  const pool = new Pool({
    connectionString: password === undefined ? url : withPassword(url, password),
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
    ...(isPatient ? {} : { query_timeout: ANSWER_TIMEOUT_MILLISECONDS }),
    keepAlive: true,
    fallback_application_name: 'tidemark',
    types: { getTypeParser },
  })
  // a connection may break at any time, also between two statements of a transaction; whoever uses it next is told
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** The address wins over every other option of the client, so that the password has to stand in it. */
function withPassword(url: string, password: string): string {
  const address = new URL(url)
  address.password = encodeURIComponent(password)
  return address.href
}

/** Whole numbers come as text from the wire; those of the store are times and counts, which a number holds exactly. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  return oid === INT8 ? safeInteger : types.getTypeParser(oid, format)
}

function safeInteger(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new TidemarkError(
    'store_unavailable',
    `The store holds the whole number ${text}, which is beyond what Tidemark writes.`,
    'Something else has written to these tables: run "tidemark store check".',
  )
}

type Session = {
  readonly connection: DatabaseConnection
  run(sql: string, parameters: readonly unknown[]): Promise<PostgresResult>
  release(): void
}

/** One use of a client, from its acquisition to its release. */
function openSession(client: PoolClient): Session {
  let isBroken = false
  async function run(sql: string, parameters: readonly unknown[]): Promise<PostgresResult> {
    try {
      // without parameters a text may hold several statements
      return await (parameters.length === 0 ? client.query(sql) : client.query(sql, [...storable(parameters)]))
    } catch (cause) {
      const failure = asStoreFailure(cause)
      isBroken ||= failure !== cause
      throw failure
    }
  }
  return {
    run,
    connection: {
      executeQuery: async <Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> => {
        const { command, rowCount, rows } = await run(sql, parameters)
        const isChange = /^(INSERT|UPDATE|DELETE)$/u.test(command)
        return { rows, ...(isChange ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}) }
      },
      streamQuery: () => {
        throw new TypeError('rows are read in pages, not in streams')
      },
    },
    // a session that met a failure is not used again
    release: () => client.release(isBroken),
  }
}
