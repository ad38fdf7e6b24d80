/**
 * The yardstick of ingest: the rows of its requests, already read, in batches into tables like those of the store, through
 * the driver alone. `node evaluator/bench/bare-insert.ts STORE_URL BATCHES` prints rows a second.
 */
import Database from 'better-sqlite3'
import { Client } from 'pg'
import { engineOfUrl, sqlitePath } from '../src/domain/store-url.ts'
import { decodeTraces } from '../src/ingest/decode-traces.ts'
import { DEFAULT_INGEST_LIMITS } from '../src/ingest/limits.ts'
import { readSpans } from '../src/ingest/read-spans.ts'
import { openStore } from '../src/store/open-store.ts'
import { callRow, decisionRow, validationRow } from '../src/store/telemetry-rows.ts'
import { bodyMaker } from './ingest-bodies.ts'

type Row = Readonly<Record<string, string | number | null>>
type Batch = Readonly<Record<'call_record' | 'validation_record' | 'decision_record', readonly Row[]>>

/** Rows of one statement of SQLite: more or fewer are no faster. */
const SQLITE_ROWS = 64
const DAY = 86_400_000

const [url = '', count = '100'] = process.argv.slice(2)
// makes the tables
await (await openStore(url)).close()
const batches = readBatches(Number(count))
const rows = batches.reduce((sum, batch) => sum + Object.values(batch).reduce((n, part) => n + part.length, 0), 0)
const milliseconds = engineOfUrl(url) === 'sqlite' ? insertIntoSqlite(batches) : await insertIntoPostgres(batches)
process.stdout.write(`${JSON.stringify((1000 * rows) / milliseconds)}\n`)

function readBatches(count: number): Batch[] {
  const now = Date.now()
  const maker = bodyMaker(now - 60_000)
  return Array.from({ length: count }, (_, index) => {
    const body = Uint8Array.from(maker.make(index % 200))
    const traces = decodeTraces(
      body,
      { contentType: 'application/x-protobuf', contentEncoding: 'identity' },
      DEFAULT_INGEST_LIMITS,
    )
    const { batch } = readSpans(traces, {
      now,
      retentionMilliseconds: 400 * DAY,
      futureSkewMilliseconds: DAY,
      knownAgents: () => 'known',
      limits: DEFAULT_INGEST_LIMITS,
    })
    return {
      call_record: batch.calls.map((call) => callRow(call, now)),
      validation_record: batch.validations.map(validationRow),
      decision_record: batch.decisions.map(decisionRow),
    }
  })
}

function insertIntoSqlite(all: readonly Batch[]): number {
  const database = new Database(sqlitePath(url))
  database.pragma('synchronous = FULL')
  // as the store sets them
  database.pragma('wal_autocheckpoint = 8192')
  database.pragma('cache_size = -65536')
  const statements = new Map<string, Database.Statement>()
  const started = performance.now()
  for (const batch of all) {
    database.exec('begin immediate')
    for (const [table, part] of Object.entries(batch))
      for (let start = 0; start < part.length; start += SQLITE_ROWS) {
        const some = part.slice(start, start + SQLITE_ROWS)
        const columns = Object.keys(some[0] ?? {})
        const values = some.map(() => `(${columns.map(() => '?').join(',')})`).join(',')
        const text = `insert into ${table} (${columns.join(',')}) values ${values} on conflict do nothing`
        const statement = statements.get(text) ?? database.prepare(text)
        statements.set(text, statement)
        statement.run(some.flatMap((row) => Object.values(row)))
      }
    database.exec('commit')
  }
  const elapsed = performance.now() - started
  database.close()
  return elapsed
}

async function insertIntoPostgres(all: readonly Batch[]): Promise<number> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const started = performance.now()
  for (const batch of all) {
    await client.query('begin')
    for (const [table, part] of Object.entries(batch)) {
      const columns = Object.keys(part[0] ?? {}).join(',')
      if (part.length === 0) continue
      await client.query(
        `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, $1::json) on conflict do nothing`,
        [JSON.stringify(part)],
      )
    }
    await client.query('commit')
  }
  const elapsed = performance.now() - started
  await client.end()
  return elapsed
}
