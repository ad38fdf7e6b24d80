import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mulberry32 } from '../../src/statistics/index.ts'
import { DAY, dayOfCalls } from '../call-records.ts'
import { testDatabase, type TestDatabase } from '../engine.ts'
import { sendSpans, spanId } from '../send-spans.ts'
import { serve, startTidemark, tidemark, type Finished } from './tidemark-process.ts'

/** How often each test kills: the moments come from a seed. The nightly script asks for more. */
const KILLS = Number(process.env['TIDEMARK_KILLS'] ?? 2)
const TODAY = Math.floor(Date.now() / DAY) * DAY

let database: TestDatabase
beforeEach(async () => {
  database = testDatabase()
  await database.create()
  configure(database)
})
afterEach(() => database.remove())

describe('kill -9', () => {
  test('in the middle of ingest loses no acknowledged span and stores none twice', async () => {
    const random = mulberry32(20_261_124)
    const acknowledged: string[] = []
    let sent = 0
    for (let round = 0; round < KILLS; round++) {
      const serving = await serve('tidemark.yaml', database.folder)
      const killAfter = 5 + (random() % 20)
      for (let request = 0; ; request++) {
        const ids = Array.from({ length: 20 }, () => spanId(++sent))
        const answer = sendSpans(serving.url, ids)
        // the answer is under way, or not: what counts is whether it arrived
        const [arrived] = await Promise.all([answer, request === killAfter ? serving.kill() : undefined])
        if (arrived?.status === 200) acknowledged.push(...ids)
        if (request === killAfter) break
      }
    }
    const stored = await database.query<{ span_id: string }>('select span_id from call_record')
    expect(acknowledged.length).toBeGreaterThan(KILLS * 5 * 20 - 1)
    expect(new Set(stored.map(({ span_id }) => span_id)).size).toBe(stored.length)
    expect(new Set(acknowledged).difference(new Set(stored.map(({ span_id }) => span_id)))).toEqual(new Set())
    await expectSound(database)
  })

  test('in the middle of runs counts no slot twice and ends in the same evidence as without it', async () => {
    // a daily slot that is older than catchUpDays, 31 at most, is not run any more
    const days = Math.min(30, Math.max(12, 2 * KILLS))
    const first = TODAY - days * DAY
    const quiet = testDatabase()
    await quiet.create()
    configure(quiet)
    for (const one of [quiet, database]) {
      writeRecords(one, first, days)
      await expectGood(one, 'import', 'records.jsonl')
      await expectGood(one, ...freezeOf(first))
    }
    await tidemark(['evaluate'], quiet.folder)

    const random = mulberry32(7)
    const slotsDone = async (): Promise<number> => {
      const [row] = await database.query<{ slots: number }>(
        "select count(*) as slots from run_slot where status = 'done'",
      )
      return row?.slots ?? 0
    }
    for (let round = 0; round < KILLS; round++) {
      const serving = await serve('tidemark.yaml', database.folder)
      const target = Math.min(days - 1, (await slotsDone()) + 1 + (random() % 2))
      while ((await slotsDone()) < target) await new Promise((resolve) => setImmediate(resolve))
      await serving.kill()
    }
    await tidemark(['evaluate'], database.folder)

    const evidence = async (one: TestDatabase): Promise<unknown[]> => {
      const rows = await one.query<{ slot_at: number; statistics: string; verdict: string }>(
        'select slot_at, statistics, verdict from run order by slot_at',
      )
      return rows.map(({ slot_at, statistics, verdict }) => ({
        slot_at,
        statistics,
        detectors: (JSON.parse(verdict) as { detectors: unknown }).detectors,
      }))
    }
    expect(await evidence(database)).toEqual(await evidence(quiet))
    expect(await evidence(database)).toHaveLength(days)
    expect(await database.query("select * from run_slot where status <> 'done'")).toEqual([])
    await expectSound(database)
    await quiet.remove()
  })

  test('in the middle of freezing leaves no baseline or a whole one', async () => {
    const first = TODAY - DAY
    writeRecords(database, first, 0)
    await expectGood(database, 'import', 'records.jsonl')
    const duration = await timed(() => tidemark(['baseline', 'list', '--agent', 'triage'], database.folder))
    await killAtRandom(11, duration * 1.5, () => startTidemark([...freezeOf(first), '--replace'], database.folder))
    const last = await tidemark([...freezeOf(first), '--replace', '--json'], database.folder)
    expect(last).toMatchObject({ code: 0 })
    const baselines = await database.query<{ version: number; document: string }>(
      'select version, document from baseline order by version',
    )
    expect(baselines.map(({ version }) => version)).toEqual(baselines.map((_, i) => i + 1))
    for (const { document } of baselines) expect(JSON.parse(document)).toMatchObject({ agent: 'triage' })
    await expectSound(database)
  })

  test('in the middle of making the tables leaves none, or all of them', async () => {
    const duration = await timed(() => tidemark(['--version'], database.folder))
    const random = mulberry32(13)
    for (let round = 0; round < KILLS; round++) {
      const fresh = testDatabase({ isEmpty: true })
      await fresh.create()
      configure(fresh)
      await killAfter(startTidemark(['store', 'check'], fresh.folder), share(random) * duration * 2)
      await expectSound(fresh)
      const migrations = await fresh.query('select name from kysely_migration')
      expect(migrations.length).toBeGreaterThan(0)
      await fresh.remove()
    }
  })

  test('in the middle of an import loses no line that was told, and the import goes on', async () => {
    const days = 10
    writeRecords(database, TODAY - days * DAY, days)
    const duration = await timed(() => tidemark(['--version'], database.folder))
    await killAtRandom(17, duration * 3, () => startTidemark(['import', 'records.jsonl'], database.folder))
    const result = await tidemark(['import', 'records.jsonl', '--json'], database.folder)
    expect(result).toMatchObject({ code: 0 })
    const [calls] = await database.query<{ rows: number }>('select count(*) as rows from call_record')
    const [counted] = await database.query<{ calls: number }>('select calls from agent')
    expect(calls?.rows).toBe(250 + days * 200)
    expect(counted?.calls).toBe(calls?.rows)
    await expectSound(database)
  })

  test('in the middle of filling a store from an export leaves it empty, or full', async () => {
    const days = 10
    writeRecords(database, TODAY - days * DAY, days)
    await expectGood(database, 'import', 'records.jsonl')
    await expectGood(database, 'store', 'export', '--out', 'all.jsonl')
    const target = testDatabase()
    await target.create()
    configure(target)
    const file = join(database.folder, 'all.jsonl')
    const duration = await timed(() => tidemark(['--version'], database.folder))
    await killAtRandom(19, duration * 4, () => startTidemark(['store', 'import', file], target.folder))
    const rest = await tidemark(['store', 'import', file], target.folder)
    // the last kill may have come after the commit
    if (rest.code !== 0) expect(rest.stderr).toContain('store_not_empty')
    const [calls] = await target.query<{ rows: number }>('select count(*) as rows from call_record')
    expect(calls?.rows).toBe(250 + days * 200)
    await expectSound(target)
    await target.remove()
  })
})

function configure({ folder, url }: TestDatabase): void {
  writeFileSync(
    join(folder, 'tidemark.yaml'),
    [
      `store: { url: "${url}" }`,
      'listen: { port: 0 }',
      'agents:',
      '  triage: { schedule: { at: "00:00", settleMinutes: 0, catchUpDays: 31 } }',
    ].join('\n'),
  )
}

/** A day of 250 calls to freeze before `first`, and `days` of 200 from then on. */
function writeRecords({ folder }: TestDatabase, first: number, days: number): void {
  const lines = [dayOfCalls(first - DAY, { calls: 250, invalidEvery: 25 })]
  for (let day = 0; day < days; day++) lines.push(dayOfCalls(first + day * DAY, { calls: 200, invalidEvery: 20 }))
  const records = lines.flat().flatMap(({ call, validation }) => [
    { type: 'call', ...call },
    { type: 'validation', ...validation },
  ])
  writeFileSync(join(folder, 'records.jsonl'), records.map((record) => JSON.stringify(record)).join('\n'))
}

function freezeOf(until: number): string[] {
  const end = new Date(until).toISOString()
  return ['baseline', 'freeze', '--agent', 'triage', '--production', '1d', '--until', end]
}

async function expectGood({ folder }: TestDatabase, ...command: readonly string[]): Promise<void> {
  expect(await tidemark(command, folder)).toMatchObject({ code: 0 })
}

async function expectSound({ folder }: TestDatabase): Promise<void> {
  const result = await tidemark(['store', 'check', '--json'], folder)
  expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('"problems": []') as string })
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** Starts a command again and again, and kills it each time at a moment within `milliseconds`. */
async function killAtRandom(
  seed: number,
  milliseconds: number,
  start: () => ReturnType<typeof startTidemark>,
): Promise<void> {
  const random = mulberry32(seed)
  for (let round = 0; round < KILLS; round++) await killAfter(start(), share(random) * milliseconds)
}

async function killAfter({ child, end }: ReturnType<typeof startTidemark>, milliseconds: number): Promise<Finished> {
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds)
  const result = await end
  clearTimeout(timer)
  return result
}

function share(random: () => number): number {
  return random() / 2 ** 32
}
