import Database from 'better-sqlite3'
import { DatabaseError } from 'pg'
import { TidemarkError } from '../domain/errors.ts'

/** What to do about a failure: SQLite's result code, PostgreSQL's SQLSTATE, or the code of the connection. */
const NEXT: readonly (readonly [code: RegExp, next: string])[] = [
  [/^(SQLITE_FULL|53100)/u, 'Free space on the disk of the store; it is used again as soon as there is some.'],
  [/^(SQLITE_READONLY|25006)/u, 'Make the database writable again (mount, permissions, a replica that was promoted).'],
  [/^SQLITE_(BUSY|LOCKED)/u, 'Another program holds the database: close it, or wait until it is done.'],
  [/^SQLITE_(CORRUPT|NOTADB)/u, 'Run "tidemark store check"; restore the file from a backup if it is damaged.'],
  [/^SQLITE_CANTOPEN/u, 'Check that store.url names a folder that exists and is writable.'],
  [/^28/u, 'Check user and password in store.url or store.passwordFile, and pg_hba.conf of the server.'],
  [/^3D000/u, 'Create the database that store.url names: createdb NAME.'],
  [/^53300/u, 'The server has no connection left: raise its max_connections, or close other clients.'],
  [/^57P/u, 'The server is stopping or starting; the store is used again as soon as it answers.'],
  [/^XX00[12]/u, 'The server found damaged data: look into its log, and restore from a backup if it says so.'],
  [/^42501/u, 'Give the user of store.url the right to create and use tables in its schema.'],
  [/^(E[A-Z_]+|08|TIMEOUT|CLOSED)/u, 'Check that the server runs and that store.url leads to it.'],
]

const PASSWORD_MISSING = /^SASL: .*password/u
const CONNECTION_LOST = /connection|timeout|terminated|not queryable|pool/iu
/** Result codes of SQLite that speak of the statement. */
const SQLITE_DEFECT = /^SQLITE_(ERROR|CONSTRAINT|MISMATCH|MISUSE|RANGE|TOOBIG)/u
/** Classes of SQLSTATE that speak of the server, not of the statement. */
const SERVER_CLASSES = /^(08|25006|28|3D|42501|53|55|57|58|XX00[12])/u

/**
 * The failure of a database in the words of a border, or undefined for an error that is a defect of the statement.
 * Neither message nor cause of it carries a password: drivers name users and addresses only.
 */
export function storeFailure(cause: unknown): TidemarkError | undefined {
  if (cause instanceof TidemarkError) return cause
  const code = failureCode(cause)
  if (code === undefined) return undefined
  const message = cause instanceof Error && cause.message !== '' ? cause.message : 'no answer'
  const next = NEXT.find(([pattern]) => pattern.test(code))?.[1] ?? 'Check the disk and the server behind store.url.'
  return new TidemarkError(
    'store_unavailable',
    `The store cannot be used (${code}: ${message}).`,
    `${next} Nothing that was acknowledged is lost.`,
    { cause },
  )
}

/** Wraps the failure of a database; every other error passes as it is. */
export function asStoreFailure(cause: unknown): unknown {
  return storeFailure(cause) ?? cause
}

function failureCode(cause: unknown): string | undefined {
  if (cause instanceof Database.SqliteError) return SQLITE_DEFECT.test(cause.code) ? undefined : cause.code
  if (cause instanceof DatabaseError)
    return cause.code !== undefined && SERVER_CLASSES.test(cause.code) ? cause.code : undefined
  if (!(cause instanceof Error)) return undefined
  if ('code' in cause && typeof cause.code === 'string') return /^E[A-Z_]+$/u.test(cause.code) ? cause.code : undefined
  if (PASSWORD_MISSING.test(cause.message)) return '28P01'
  // the client says without a code that its connection is gone
  if (!CONNECTION_LOST.test(cause.message)) return undefined
  return /timeout/iu.test(cause.message) ? 'TIMEOUT' : 'CLOSED'
}
