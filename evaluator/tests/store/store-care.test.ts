import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { insertBaseline } from '../../src/store/baselines.ts'
import { insertTelemetry } from '../../src/store/insert-telemetry.ts'
import type { StoreDatabase } from '../../src/store/open-store.ts'
import { insertReviewItem } from '../../src/store/reviews.ts'
import { claimSlot } from '../../src/store/slots.ts'
import { checkStore, vacuumStore } from '../../src/store/store-check.ts'
import { exportStore } from '../../src/store/store-export.ts'
import { importStore } from '../../src/store/store-import.ts'
import { callsIn } from '../../src/store/telemetry.ts'
import { callRecord, decisionRecord, MONDAY, validationRecord } from '../call-records.ts'
import { openSqliteStore } from './open-other-engine.ts'
import { openTestStore, type TestStore } from './open-test-store.ts'

/** More than a page of the export, so that pages join without a gap. */
const CALLS = 1201

let store: TestStore
beforeEach(async () => {
  store = await openTestStore()
})
afterEach(() => store.remove())

describe('an export', () => {
  test('of one engine fills an empty store of the other, and an export of that is the same to the last byte', async () => {
    await fill(store.db)
    const lines = await exported(store.db)
    const other = await openSqliteStore()
    const summary = await importStore(other.db, each(lines), () => undefined)
    expect(summary.counts).toMatchObject({ agent: 3, call_record: CALLS, validation_record: CALLS, review_item: 1 })
    expect(await exported(other.db)).toEqual(lines)
    expect(await checkStore(other.db)).toMatchObject({ problems: [] })
    // and back, into the engine under test
    const back = await openTestStore()
    expect(await importStore(back.db, each(lines), () => undefined)).toEqual(summary)
    expect(await callsIn(back.db, 'agent-1', { from: 0, to: Infinity })).toEqual(
      await callsIn(store.db, 'agent-1', { from: 0, to: Infinity }),
    )
    await other.remove()
    await back.remove()
  })

  test('is of one moment: what arrives meanwhile is not in it', async () => {
    await fill(store.db)
    const before = await exported(store.db)
    const during: string[] = []
    let isAsked = false
    let late: Promise<unknown> = Promise.resolve()
    await exportStore(store.db, async (line) => {
      during.push(line)
      if (isAsked) return
      isAsked = true
      late = insertTelemetry(store.db, batchOf([callRecord('late', { agent: 'agent-0' })]), MONDAY)
      // on SQLite the export holds the one connection, and this waits for it
      if (store.engine === 'postgres') await late
    })
    await late
    expect(during).toEqual(before)
    expect(await exported(store.db)).not.toEqual(before)
  })
})

describe('an import', () => {
  test('into a store that holds a row is refused, and leaves it as it was', async () => {
    await fill(store.db)
    const lines = await exported(store.db)
    const used = await openTestStore()
    await insertTelemetry(used.db, batchOf([callRecord('own')]), MONDAY)
    const before = await exported(used.db)
    await expect(importStore(used.db, each(lines), () => undefined)).rejects.toMatchObject({ code: 'store_not_empty' })
    expect(await exported(used.db)).toEqual(before)
    await used.remove()
  })

  test.each<readonly [string, (lines: string[]) => string[], RegExp]>([
    ['that was cut off', (lines) => lines.slice(0, -1), /without its counts/u],
    ['with a line missing', (lines) => lines.toSpliced(700, 1), /not those that were exported/u],
    ['with a value changed', (lines) => lines.with(9, (lines[9] ?? '').replace('chat', 'chut')), /not those/u],
    ['with a row twice', (lines) => lines.toSpliced(9, 0, lines[9] ?? ''), /comes twice/u],
    ['with a line after its end', (lines) => [...lines, lines[9] ?? ''], /after the end/u],
    ['with a table of another program', (lines) => lines.with(9, '{"table":"pg_user","row":{}}'), /pg_user/u],
    ['that is no JSON', () => ['hello'], /line 1 is no JSON/u],
    [
      'that is of another version',
      ([, ...rest]) => ['{"tidemarkStore":1,"migrations":["0"]}', ...rest],
      /another version/u,
    ],
    ['that is a file of records', () => ['{"type":"call","agent":"triage"}'], /line 1 is not what an export holds/u],
    ['that is empty', () => [], /ends after line 0/u],
  ])('of a file %s is refused with what is wrong, and leaves the store empty', async (_, damage, message) => {
    await fill(store.db)
    const lines = damage(await exported(store.db))
    const target = await openTestStore()
    const empty = await exported(target.db)
    await expect(importStore(target.db, each(lines), () => undefined)).rejects.toMatchObject({
      code: 'import_invalid',
      message: expect.stringMatching(message) as string,
    })
    expect(await exported(target.db)).toEqual(empty)
    await target.remove()
  })
})

describe('a check', () => {
  test('counts the rows of every table and finds a good store good, also after it was vacuumed', async () => {
    await fill(store.db)
    expect(await checkStore(store.db)).toMatchObject({
      counts: { agent: 3, call_record: CALLS, baseline: 1, run_slot: 1, review_item: 1 },
      problems: [],
    })
    await store.database.query('delete from call_record')
    await vacuumStore(store.db)
    expect(await checkStore(store.db)).toMatchObject({ counts: { call_record: 0 }, problems: [] })
  })

  test('names what contradicts itself', async () => {
    await fill(store.db)
    await store.database.query("delete from agent where name = 'agent-1'")
    await store.database.query("update run_slot set status = 'done'")
    await store.database.query(
      "insert into run (agent, slot_at, baseline, items, finished_at, verdict) values ('agent-0', 1, 'gone', 1, 1, '{}')",
    )
    const { problems } = await checkStore(store.db)
    expect(problems).toEqual([
      '400 rows of call_record whose agent is unknown',
      '400 rows of validation_record whose agent is unknown',
      '1 runs whose slot is not done',
      '1 slots that are done without a run',
      '1 runs against a baseline that is not there',
    ])
  })
})

async function fill(db: StoreDatabase): Promise<void> {
  const calls = Array.from({ length: CALLS }, (_, i) =>
    callRecord(`call ${i}`, {
      agent: `agent-${i % 3}`,
      startedAt: MONDAY + i,
      latencySeconds: i / 7,
      promptName: i % 2 === 0 ? null : `"ä" \\ ${i} 🌊`,
    }),
  )
  await insertTelemetry(
    db,
    {
      calls,
      validations: calls.map((call) => validationRecord(call)),
      decisions: [decisionRecord('d', { agent: 'agent-0' })],
    },
    MONDAY,
  )
  const baseline = { id: 'b-1', agent: 'agent-0', version: 1, createdAt: 1, expiresAt: 2, document: '{"a":[1.5,"ü"]}' }
  await insertBaseline(db, baseline)
  await claimSlot(db, { agent: 'agent-0', slotAt: MONDAY }, { owner: 'me', now: 0, leaseMilliseconds: 1 })
  await insertReviewItem(
    db,
    {
      id: 'r-1',
      agent: 'agent-2',
      reason: 'policy',
      priority: 'high',
      question: 'Refund?',
      context: { a: null },
      input: 'a\0b',
      output: { text: 'no' },
      traceId: null,
      spanId: null,
      createdAt: MONDAY,
    },
    MONDAY,
  )
}

function batchOf(calls: readonly ReturnType<typeof callRecord>[]): Parameters<typeof insertTelemetry>[1] {
  return { calls, validations: [], decisions: [] }
}

async function exported(db: StoreDatabase): Promise<string[]> {
  const lines: string[] = []
  await exportStore(db, async (line) => void lines.push(line))
  return lines
}

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}
