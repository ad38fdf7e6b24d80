import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import { TidemarkError } from '../domain/errors.ts'
import { insertNew, type Value } from './insert-new.ts'
import { engineOf, type StoreDatabase } from './open-store.ts'
import { isTable, TABLES, type TableName } from './row-lines.ts'
import { migrationsOf, summarise, type ExportSummary } from './store-export.ts'

const ROWS_PER_INSERT = 500

const header = z.object({ tidemarkStore: z.literal(1), migrations: z.array(z.string()) })
const end = z.object({ counts: z.record(z.string(), z.number()), sha256: z.string() })
const rowLine = z.object({
  table: z.string().refine(isTable, { error: (issue) => `${String(issue.input)} is no table of this version` }),
  row: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
})

type Row = Readonly<Record<string, Value>>

/**
 * Fills an empty store with an export of either engine, in one transaction: all of it, or nothing. Counts and hash are
 * compared with what the export says, and with what can be read from the store afterwards.
 * @throws {TidemarkError} `store_not_empty`, `import_invalid`
 */
export async function importStore(
  db: StoreDatabase,
  lines: AsyncIterable<string>,
  tell: (rows: number) => void,
): Promise<ExportSummary> {
  return await db.transaction().execute(async (transaction) => {
    await requireEmpty(transaction)
    const said = await insertAll(transaction, lines, tell)
    const stored = await summarise(transaction, () => undefined)
    if (stored.sha256 !== said.sha256 || !sameCounts(stored.counts, said.counts))
      throw invalid(
        `the store does not hold what the export says: ${describe(stored)} instead of ${describe(said)}`,
        'Nothing was kept. Export again; if it happens again, please report it.',
      )
    return stored
  })
}

async function requireEmpty(db: StoreDatabase): Promise<void> {
  // nobody may write while the store is filled; SQLite's transaction holds the write lock already
  if (engineOf(db) === 'postgres')
    await sql`lock table ${sql.join(TABLES.map((table) => sql.table(table)))} in exclusive mode`.execute(db)
  for (const table of TABLES) {
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(db)
    if (rows.length > 0)
      throw new TidemarkError(
        'store_not_empty',
        `The store holds rows already (table ${table}).`,
        'Import into a new database: give store.url another file or database.',
      )
  }
}

async function insertAll(
  db: StoreDatabase,
  lines: AsyncIterable<string>,
  tell: (rows: number) => void,
): Promise<ExportSummary> {
  const hash = createHash('sha256')
  const counts: Record<string, number> = Object.fromEntries(TABLES.map((table) => [table, 0]))
  let waiting: { table: TableName; rows: Row[] } = { table: 'agent', rows: [] }
  let number = 0
  let said: ExportSummary | undefined
  const store = async (): Promise<void> => {
    const { table, rows } = waiting
    const inserted = await insertNew(db, table, rows)
    if (inserted !== rows.length)
      throw invalid(`a row of table ${table} before line ${number} comes twice`, 'Take an export that was not edited.')
    counts[table] = (counts[table] ?? 0) + inserted
    waiting = { table, rows: [] }
    tell(Object.values(counts).reduce((sum, count) => sum + count, 0))
  }
  for await (const line of lines) {
    number += 1
    if (said !== undefined) throw invalid(`line ${number} comes after the end`, 'Give one whole export.')
    const value = parse(line, number)
    if (number === 1) {
      await requireSameVersion(db, read(header, value, number))
      continue
    }
    if (end.safeParse(value).success) {
      said = read(end, value, number)
      continue
    }
    const { table, row } = read(rowLine, value, number)
    hash.update(line).update('\n')
    if (table !== waiting.table || waiting.rows.length === ROWS_PER_INSERT) await store()
    waiting = { table, rows: [...(table === waiting.table ? waiting.rows : []), row] }
  }
  await store()
  if (said === undefined)
    throw invalid(`the export ends after line ${number} without its counts`, 'It was cut off: export again.')
  const found = { counts, sha256: hash.digest('hex') }
  if (found.sha256 === said.sha256 && sameCounts(found.counts, said.counts)) return said
  throw invalid(
    `the lines are not those that were exported: ${describe(found)} instead of ${describe(said)}`,
    'The file was changed or damaged on its way: copy it, or export, again.',
  )
}

async function requireSameVersion(db: StoreDatabase, { migrations }: z.infer<typeof header>): Promise<void> {
  const own = await migrationsOf(db)
  if (JSON.stringify(own) === JSON.stringify(migrations)) return
  throw invalid(
    `the export was made by another version of Tidemark (its newest migration is ${migrations.at(-1) ?? 'none'}, this one's ${own.at(-1) ?? 'none'})`,
    'Export with the version that you import with: it brings the old store up to date first.',
  )
}

function parse(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw invalid(`line ${number} is no JSON`, 'Give a file that "tidemark store export" wrote.', cause)
  }
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown, number: number): z.infer<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw invalid(
    `line ${number} is not what an export holds (${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''})`,
    'Give a file that "tidemark store export" wrote.',
  )
}

function invalid(what: string, next: string, cause?: unknown): TidemarkError {
  return new TidemarkError('import_invalid', `The store was not filled: ${what}.`, next, { cause })
}

function sameCounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const tables = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...tables].every((table) => (a[table] ?? 0) === (b[table] ?? 0))
}

function describe({ counts, sha256 }: ExportSummary): string {
  return `${Object.values(counts).reduce((sum, count) => sum + count, 0)} rows with hash ${sha256.slice(0, 12)}`
}
