import { sql } from 'kysely'
import type { StoreDatabase } from './open-store.ts'
import { TABLE_KEYS, type Schema } from './schema.ts'
import { storableText } from './storable-text.ts'

const ROWS_PER_PAGE = 500

export type TableName = keyof Schema
export const TABLES = Object.keys(TABLE_KEYS).filter(isTable)

export function isTable(name: string): name is TableName {
  return Object.hasOwn(TABLE_KEYS, name)
}

/** Every row of a table as a line of JSON, in the order of its key: the same bytes from both engines. */
export async function* rowLines(db: StoreDatabase, table: TableName): AsyncGenerator<string> {
  const keys = TABLE_KEYS[table].map((key) => sql.ref(key))
  let last: Readonly<Record<string, unknown>> | undefined
  for (;;) {
    const after = last
    const from =
      after === undefined
        ? sql``
        : sql`where (${sql.join(keys)}) > (${sql.join(TABLE_KEYS[table].map((key) => sql.val(after[key])))})`
    const { rows } = await sql<Record<string, unknown>>`
      select * from ${sql.table(table)} ${from} order by ${sql.join(keys)} limit ${sql.lit(ROWS_PER_PAGE)}`.execute(db)
    for (const row of rows) yield JSON.stringify({ table, row: ordered(row) })
    last = rows.at(-1)
    if (rows.length < ROWS_PER_PAGE) return
  }
}

/** Columns by name: the order in which migrations added them does not matter. */
function ordered(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(row)
      .toSorted()
      .map((column) => {
        const value = row[column]
        return [column, typeof value === 'string' ? storableText(value) : value]
      }),
  )
}
