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
type Inserter = { batch(batch: Batch): void | Promise<void>; close(): void | Promise<void> }
type Batch = Readonly<Record<'call_record' | 'validation_record' | 'decision_record', readonly Row[]>>

/** Rows of one statement of SQLite: more or fewer are no faster. */
const SQLITE_ROWS = 64
const BATCHES_AT_ONCE = 100
const DAY = 86_400_000

const [url = '', count = '100'] = process.argv.slice(2)
// makes the tables
await (await openStore(url)).close()
const insert = engineOfUrl(url) === 'sqlite' ? sqliteInserter() : await postgresInserter()
let rows = 0
let milliseconds = 0
for (let left = Number(count); left > 0; left -= BATCHES_AT_ONCE) {
  // read outside the time that counts, a part at a time: all of them would not fit into memory
  const batches = readBatches(Math.min(left, BATCHES_AT_ONCE))
  const started = performance.now()
  for (const batch of batches) await insert.batch(batch)
  milliseconds += performance.now() - started
  for (const batch of batches) for (const part of Object.values(batch)) rows += part.length
}
await insert.close()
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

function sqliteInserter(): Inserter {
  const database = new Database(sqlitePath(url))
  database.pragma('synchronous = FULL')
  // as the store sets them
  database.pragma('wal_autocheckpoint = 8192')
  database.pragma('cache_size = -65536')
  const statements = new Map<string, Database.Statement>()
  return {
    batch(batch) {
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
    },
    close: () => void database.close(),
  }
}

async function postgresInserter(): Promise<Inserter> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return {
    async batch(batch) {
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
    },
    close: () => client.end(),
  }
}
