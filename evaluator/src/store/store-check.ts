import { sql, type RawBuilder } from 'kysely'
import { engineOf, type StoreDatabase } from './open-store.ts'
import { TABLES } from './row-lines.ts'

/** What a check found: the rows of each table, and a sentence for each thing that is wrong. */
export type StoreCheck = { readonly counts: Readonly<Record<string, number>>; readonly problems: readonly string[] }

const MOST_PROBLEMS = 20

/** What holds between tables, as the count of rows for which it does not. */
const INVARIANTS: readonly (readonly [what: string, count: RawBuilder<{ rows: number }>])[] = [
  ...['call_record', 'validation_record', 'decision_record'].map(
    (table) =>
      [
        `rows of ${table} whose agent is unknown`,
        sql<{
          rows: number
        }>`select count(*) as rows from ${sql.table(table)} where agent not in (select name from agent)`,
      ] as const,
  ),
  [
    'runs whose slot is not done',
    sql`select count(*) as rows from run where not exists (select 1 from run_slot
      where run_slot.agent = run.agent and run_slot.slot_at = run.slot_at and run_slot.status = 'done')`,
  ],
  [
    'slots that are done without a run',
    sql`select count(*) as rows from run_slot where status = 'done' and not exists (select 1 from run
      where run.agent = run_slot.agent and run.slot_at = run_slot.slot_at)`,
  ],
  [
    'runs against a baseline that is not there',
    sql`select count(*) as rows from run where baseline is not null and baseline not in (select id from baseline)`,
  ],
  [
    'incidents of a baseline that is not there',
    sql`select count(*) as rows from incident where baseline not in (select id from baseline)`,
  ],
]

/** Looks for damage: of the file (SQLite's own checks), of every row (each is read), and between the tables. */
export async function checkStore(db: StoreDatabase): Promise<StoreCheck> {
  const problems = engineOf(db) === 'sqlite' ? await damageOfFile(db) : []
  const counts: Record<string, number> = {}
  for (const table of TABLES) {
    const { rows } = await sql<{ rows: number }>`select count(*) as rows from ${sql.table(table)}`.execute(db)
    counts[table] = rows[0]?.rows ?? 0
  }
  for (const [what, count] of INVARIANTS) {
    const found = (await count.execute(db)).rows[0]?.rows ?? 0
    if (found > 0) problems.push(`${found} ${what}`)
  }
  return { counts, problems }
}

async function damageOfFile(db: StoreDatabase): Promise<string[]> {
  const integrity = await sql<{ integrity_check: string }>`
    pragma integrity_check(${sql.lit(MOST_PROBLEMS)})`.execute(db)
  const foreign = await sql<{ table: string }>`pragma foreign_key_check`.execute(db)
  return [
    ...integrity.rows.map((row) => row.integrity_check).filter((text) => text !== 'ok'),
    ...foreign.rows.slice(0, MOST_PROBLEMS).map((row) => `a row of ${row.table} points to one that is gone`),
  ]
}

/** Gives back the space of what was deleted, and renews what the planner knows. The store can be used meanwhile, slowly. */
export async function vacuumStore(db: StoreDatabase): Promise<void> {
  if (engineOf(db) === 'postgres') {
    for (const table of TABLES) await sql`vacuum (analyze) ${sql.table(table)}`.execute(db)
    return
  }
  await sql`vacuum`.execute(db)
  await sql`analyze`.execute(db)
  await sql`pragma wal_checkpoint(truncate)`.execute(db)
}
