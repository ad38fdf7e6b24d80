import { CompiledQuery } from 'kysely'
import { engineOf, type StoreDatabase } from './open-store.ts'
import type { Schema } from './schema.ts'
import { storableText } from './storable-text.ts'

type Table = keyof Schema
/** What a column may hold. */
export type Value = string | number | null

/** Rows of one statement: SQLite gains nothing from more, and a full batch needs few texts of statements. */
const SQLITE_ROWS = 64

/** Inserts the rows whose key is not there yet, and returns how many they were. All rows have the same columns. */
export async function insertNew(
  db: StoreDatabase,
  table: Table,
  rows: readonly Readonly<Record<string, Value>>[],
): Promise<number> {
  const [first] = rows
  if (first === undefined) return 0
  const columns = Object.keys(first)
  if (engineOf(db) === 'postgres') return await run(db, postgresInsert(table, columns), [postgresRows(rows)])
  let inserted = 0
  for (let start = 0; start < rows.length; start += SQLITE_ROWS) {
    const part = rows.slice(start, start + SQLITE_ROWS)
    inserted += await run(
      db,
      sqliteInsert(table, columns, part.length),
      part.flatMap((row) => Object.values(row)),
    )
  }
  return inserted
}

async function run(db: StoreDatabase, text: string, parameters: Value[]): Promise<number> {
  const { numAffectedRows = 0n } = await db.executeQuery(CompiledQuery.raw(text, parameters))
  return Number(numAffectedRows)
}

function sqliteInsert(table: Table, columns: readonly string[], rows: number): string {
  const row = `(${columns.map(() => '?').join(', ')})`
  const values = Array.from({ length: rows }, () => row).join(', ')
  return `insert into ${table} (${columns.join(', ')}) values ${values} on conflict do nothing`
}

/** One parameter for any number of rows: the server reads JSON faster than this process could bind each value. */
function postgresInsert(table: Table, columns: readonly string[]): string {
  const names = columns.join(', ')
  return `insert into ${table} (${names}) select ${names} from json_populate_recordset(null::${table}, $1::json) on conflict do nothing`
}

function postgresRows(rows: readonly object[]): string {
  const json = JSON.stringify(rows)
  // an escape that the server refuses to turn into text; rare, so that the common case costs one search
  if (!/\\u(?:0000|d[89a-f])/u.test(json)) return json
  return JSON.stringify(rows, (_, value: unknown) => (typeof value === 'string' ? storableText(value) : value))
}
