import { CompiledQuery, createQueryId, type RootOperationNode } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { expireContent } from '../../src/store/content-retention.ts'
import type { StoreDatabase } from '../../src/store/open-store.ts'
import { insertTelemetry } from '../../src/store/insert-telemetry.ts'
import { expireTelemetry } from '../../src/store/retention.ts'
import { claimSlot, finishSlot, newestDoneSlot, releaseSlotsOf } from '../../src/store/slots.ts'
import { insertEvents } from '../../src/store/signals.ts'
import { seenConversations } from '../../src/store/telemetry.ts'
import { callRecord, DAY, MONDAY } from '../call-records.ts'
import { openTestStore, type TestStore } from './open-test-store.ts'

const DAYS = 180
const CALLS_PER_DAY = 100
const END = MONDAY + DAYS * DAY

let store: TestStore
beforeEach(async () => {
  store = await openTestStore()
})
afterEach(() => store.remove())

/** Half a year of calls, of which the last month has its texts, and a slot for each hour. */
async function halfAYear(): Promise<void> {
  for (let day = 0; day < DAYS; day++)
    await insertTelemetry(
      store.db,
      {
        calls: Array.from({ length: CALLS_PER_DAY }, (_, i) =>
          callRecord(`${day}/${i}`, {
            startedAt: MONDAY + day * DAY + i,
            conversationId: `conversation ${day}/${i}`,
            output: day < DAYS - 30 ? null : 'text',
          }),
        ),
        validations: [],
        decisions: [],
      },
      MONDAY,
    )
  await store.database.query(
    `insert into run_slot (agent, slot_at, status, owner, lease_until, fence, attempts)
     select 'triage', started_at, 'done', 'one', 1, 1, 1 from call_record`,
  )
  await store.database.query('analyze')
}

test('what is asked again and again reads the rows that are meant, and not all that half a year has left', async () => {
  await halfAYear()
  const plans = await plansOf(async (db) => {
    await seenConversations(db, 'triage', ['conversation 1/1', 'new'], { from: MONDAY, to: END })
    await expireContent(db, 'triage', END - 30 * DAY)
    await releaseSlotsOf(db, () => false)
    await newestDoneSlot(db, 'triage')
    await expireTelemetry(db, MONDAY)
  })
  expect(plans.length).toBeGreaterThan(8)
  // a table of this size PostgreSQL reads whole to join 500 keys; of a large one it does not
  const whole = /SCAN (?:call_record|run_slot)(?! USING)|Seq Scan on run_slot/u
  for (const plan of plans) expect(plan).not.toMatch(whole)
  const text = plans.join('\n')
  for (const index of ['call_record_by_conversation', 'call_record_with_text', 'run_slot_running'])
    expect(text).toContain(index)
})

test('a conversation is found by its whole name, however long it is and whatever it begins with', async () => {
  const names = ['🌊'.repeat(64), `${'🌊'.repeat(64)}a`, `${'🌊'.repeat(64)}b`, 'x'.repeat(4000), 'y']
  const calls = names.map((conversationId, i) => callRecord(String(i), { conversationId }))
  await insertTelemetry(store.db, { calls, validations: [], decisions: [] }, MONDAY)
  const asked = [`${'🌊'.repeat(64)}b`, 'x'.repeat(4000), `${'🌊'.repeat(64)}c`, 'y'.repeat(64), 'y']
  const seen = await seenConversations(store.db, 'triage', asked, { from: MONDAY, to: MONDAY + 1 })
  expect(seen).toEqual(new Set([asked[0], asked[1], asked[4]]))
})

test('texts are removed in small steps, of calls and of what came beside them, and nothing newer', async () => {
  await halfAYear()
  const contents = Array.from({ length: 1201 }, (_, i) => {
    const { traceId, spanId } = callRecord(`content ${i}`)
    return { traceId, spanId, agent: 'triage', at: MONDAY + i, input: 'text', output: null }
  })
  await insertEvents(store.db, { scores: [], contents }, MONDAY)
  let statements = 0
  const counted = store.db.withPlugin({
    transformQuery: ({ node }) => ((statements += 1), node),
    transformResult: ({ result }) => Promise.resolve(result),
  })
  expect(await expireContent(counted, 'triage', END - 10 * DAY)).toBe(20 * CALLS_PER_DAY)
  // 2,000 texts and 1,201 beside, 500 at a time
  expect(statements).toBe(5 + 3)
  const left = 'select count(*) as n from call_record where output is not null'
  expect(await store.database.query(left)).toMatchObject([{ n: 10 * CALLS_PER_DAY }])
  expect(await store.database.query('select count(*) as n from call_content')).toMatchObject([{ n: 0 }])
})

test('the slot that a holder left is found among those that are done', async () => {
  await halfAYear()
  const holder = { owner: 'gone', now: 0, leaseMilliseconds: 1 }
  const claim = await claimSlot(store.db, { agent: 'triage', slotAt: END }, holder)
  const asked: string[] = []
  await releaseSlotsOf(store.db, (owner) => asked.push(owner) > 0)
  expect(asked).toEqual(['gone'])
  expect(claim === null ? false : await finishSlot(store.db, claim)).toBe(true)
})

/** How the engine goes about every statement of some work. */
async function plansOf(work: (db: StoreDatabase) => Promise<unknown>): Promise<string[]> {
  const nodes: RootOperationNode[] = []
  await work(
    store.db.withPlugin({
      transformQuery: ({ node }) => (nodes.push(node), node),
      transformResult: ({ result }) => Promise.resolve(result),
    }),
  )
  const plans: string[] = []
  for (const node of nodes) {
    const { sql: text, parameters } = store.db.getExecutor().compileQuery(node, createQueryId())
    const explain = store.engine === 'sqlite' ? 'explain query plan' : 'explain'
    const { rows } = await store.db.executeQuery<Record<string, unknown>>(
      CompiledQuery.raw(`${explain} ${text}`, [...parameters]),
    )
    plans.push(rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])).join('\n'))
  }
  return plans
}
