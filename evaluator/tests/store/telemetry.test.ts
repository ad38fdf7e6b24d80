import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CallRecord } from '../../src/domain/records.ts'
import { agentsSeen } from '../../src/store/agents.ts'
import { forget } from '../../src/store/forget.ts'
import { insertTelemetry } from '../../src/store/insert-telemetry.ts'
import { expireTelemetry } from '../../src/store/retention.ts'
import { insertReviewItem } from '../../src/store/reviews.ts'
import { contentsIn, insertEvents } from '../../src/store/signals.ts'
import { recordsOfTraces } from '../../src/store/traces.ts'
import { callsIn, decisionsIn, seenConversations, validationsIn } from '../../src/store/telemetry.ts'
import { callRecord, DAY, decisionRecord, MONDAY, validationRecord } from '../call-records.ts'
import { openTestStore, type TestStore } from './open-test-store.ts'

const EVER = { from: -Infinity, to: Infinity }

let store: TestStore
beforeEach(async () => {
  store = await openTestStore()
})
afterEach(() => store.remove())

const insert = (calls: readonly CallRecord[]): Promise<Map<string, number>> =>
  insertTelemetry(store.db, { calls, validations: [], decisions: [] }, MONDAY)

describe('a record', () => {
  test('comes back with every value as it was: texts, whole numbers, fractions and nothing', async () => {
    const call = callRecord('exact', {
      startedAt: 1_788_739_200_123,
      latencySeconds: 0.1 + 0.2,
      inputTokens: Number.MAX_SAFE_INTEGER,
      attempts: 2 ** 40,
      samplingProbability: 1e-300,
      promptName: 'Tagesschau — "Zitat" \\ {a,b} \t € 🌊',
      input: '[{"role":"user","parts":[{"content":"ü \\u0000"}]}]',
      segment: '',
      conversationId: null,
    })
    const validation = { ...validationRecord(call), issues: ['a.b:code', '"quoted"'] }
    const decision = decisionRecord('exact', { confidence: 0.7000000000000001, route: 'escalated', reason: 'policy' })
    await insertTelemetry(store.db, { calls: [call], validations: [validation], decisions: [decision] }, MONDAY)
    expect(await callsIn(store.db, 'triage', EVER)).toEqual([call])
    expect(await validationsIn(store.db, 'triage', EVER)).toEqual([validation])
    expect(await decisionsIn(store.db, 'triage', EVER)).toEqual([decision])
  })

  test('with a NUL or half a surrogate pair in a text is stored with the replacement character in its place', async () => {
    await insert([callRecord('hostile', { promptName: 'a\0b', segment: 'x\uD83Dy', userHash: '\uDC00' })])
    expect(await callsIn(store.db, 'triage', EVER)).toMatchObject([
      { promptName: 'a\uFFFDb', segment: 'x\uFFFDy', userHash: '\uFFFD' },
    ])
    const wanted = await seenConversations(store.db, 'triage', ['a\0b'], EVER)
    expect(wanted.size).toBe(0)
  })

  test('is read once and in its order, however many share its millisecond, and others have their turn meanwhile', async () => {
    const calls = Array.from({ length: 5001 }, (_, i) =>
      callRecord(`many ${i}`, { startedAt: MONDAY + Math.floor(i / 3000) }),
    )
    await insert(calls)
    let turns = 0
    const count = setInterval(() => (turns += 1))
    const read = await callsIn(store.db, 'triage', EVER)
    clearInterval(count)
    expect(turns).toBeGreaterThan(0)
    const inOrder = calls.toSorted((a, b) => a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1))
    expect(read).toEqual(inOrder)
  })

  test('that comes again, in the same request or later, is counted once and stays as it was', async () => {
    const call = callRecord('twice')
    expect(await insert([call, { ...call, outputTokens: 7 }])).toEqual(new Map([['triage', 1]]))
    expect(await insert([{ ...call, outputTokens: 9 }, callRecord('new')])).toEqual(new Map([['triage', 1]]))
    expect(await agentsSeen(store.db)).toMatchObject([{ name: 'triage', calls: 2 }])
    expect((await callsIn(store.db, 'triage', EVER)).map(({ outputTokens }) => outputTokens)).toEqual([40, 40])
  })

  test('is one of any number in a request', async () => {
    for (const count of [1, 63, 64, 65, 1000]) {
      const calls = Array.from({ length: count }, (_, i) => callRecord(`${count}/${i}`, { agent: `agent-${count}` }))
      expect(await insert(calls)).toEqual(new Map([[`agent-${count}`, count]]))
    }
  })

  test('belongs to the window that starts with it, and not to the one that ends with it', async () => {
    await insert([callRecord('edge', { startedAt: MONDAY })])
    const count = async (from: number, to: number): Promise<number> =>
      (await callsIn(store.db, 'triage', { from, to })).length
    expect(await count(MONDAY, MONDAY + 1)).toBe(1)
    expect(await count(MONDAY - 1, MONDAY)).toBe(0)
    expect(await count(MONDAY - 0.5, MONDAY + 0.5)).toBe(1)
    expect(await count(MONDAY + 0.5, MONDAY + 2)).toBe(0)
  })

  test('sorts by the bytes of its names, whatever the language of the database', async () => {
    const names = ['b', 'B', 'a', 'ä', 'Z', 'é', '_', '1', 'a b', 'a-b', 'ab']
    for (const name of names) await insert([callRecord(name, { agent: name })])
    expect((await agentsSeen(store.db)).map(({ name }) => name)).toEqual(
      names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    )
  })
})

test('requests that hold the same spans in another order do not stop each other', async () => {
  const calls = Array.from({ length: 400 }, (_, i) => callRecord(`race ${i}`, { agent: `agent-${i % 5}` }))
  const orders = [calls, calls.toReversed(), calls.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1)), calls]
  const counts = await Promise.all(orders.map((order) => insert(order)))
  const total = counts.flatMap((count) => [...count.values()]).reduce((sum, count) => sum + count, 0)
  expect(total).toBe(400)
  expect((await agentsSeen(store.db)).reduce((sum, agent) => sum + agent.calls, 0)).toBe(400)
})

describe('retention', () => {
  test('removes what is older and nothing else, while ingest goes on', async () => {
    const old = Array.from({ length: 1300 }, (_, i) => callRecord(`old ${i}`, { startedAt: MONDAY - DAY + i }))
    const kept = Array.from({ length: 20 }, (_, i) => callRecord(`kept ${i}`, { startedAt: MONDAY + i }))
    await insertTelemetry(
      store.db,
      {
        calls: [...old, ...kept],
        validations: [...old, ...kept].map((call) => validationRecord(call)),
        decisions: [decisionRecord('old', { at: MONDAY - 1 }), decisionRecord('kept', { at: MONDAY })],
      },
      MONDAY,
    )
    const [removed, inserted] = await Promise.all([
      expireTelemetry(store.db, MONDAY),
      insert([callRecord('meanwhile', { startedAt: MONDAY + DAY })]),
    ])
    expect(removed).toBe(1300)
    expect(inserted).toEqual(new Map([['triage', 1]]))
    expect(await callsIn(store.db, 'triage', EVER)).toHaveLength(21)
    expect(await validationsIn(store.db, 'triage', EVER)).toHaveLength(20)
    expect(await decisionsIn(store.db, 'triage', EVER)).toMatchObject([{ at: MONDAY }])
  })

  test('removes steps, scores and texts of agents without any call too', async () => {
    const span = (key: string) => ({ traceId: key.repeat(32), spanId: key.repeat(16) })
    const step = { agent: 'planner', durationSeconds: 1, kind: 'agent', name: 'plan' } as const
    const steps = [
      { ...step, ...span('a'), startedAt: MONDAY - 1 },
      { ...step, ...span('b'), startedAt: MONDAY },
    ]
    await insertTelemetry(store.db, { calls: [], validations: [], decisions: [], steps }, MONDAY)
    const content = { ...span('c'), agent: 'writer', at: MONDAY - 1, input: 'old', output: null }
    await insertEvents(store.db, { scores: [], contents: [content] }, MONDAY)
    expect(await expireTelemetry(store.db, MONDAY)).toBe(0)
    const { steps: left } = await recordsOfTraces(store.db, 'planner', ['a'.repeat(32), 'b'.repeat(32)])
    expect(left).toMatchObject([{ startedAt: MONDAY }])
    expect(await contentsIn(store.db, 'writer', EVER)).toEqual([])
  })

  test('lets a request in between its steps', async () => {
    await insert(Array.from({ length: 6000 }, (_, i) => callRecord(`old ${i}`, { startedAt: MONDAY - DAY + i })))
    const order: string[] = []
    await Promise.all([
      expireTelemetry(store.db, MONDAY).then(() => order.push('expired')),
      insert([callRecord('meanwhile')]).then(() => order.push('inserted')),
    ])
    expect(order).toEqual(['inserted', 'expired'])
  })
})

describe('to forget', () => {
  beforeEach(async () => {
    const calls = ['a1', 'a2', 'b1', 'c1'].map((key, day) =>
      callRecord(key, {
        conversationId: key.slice(0, 1),
        userHash: key.startsWith('c') ? 'ada' : 'bob',
        startedAt: MONDAY + day * DAY,
      }),
    )
    await insertTelemetry(
      store.db,
      {
        calls,
        validations: calls.map((call) => validationRecord(call)),
        decisions: [
          ...calls.map((call) => decisionRecord(call.spanId, { traceId: call.traceId, conversationId: null })),
          decisionRecord('alone', { conversationId: 'a' }),
        ],
      },
      MONDAY,
    )
    for (const { traceId, spanId } of calls)
      await insertReviewItem(
        store.db,
        {
          id: spanId,
          agent: 'triage',
          reason: 'policy',
          priority: 'normal',
          question: 'Refund?',
          context: {},
          input: 'text',
          output: 'text',
          traceId,
          spanId,
          createdAt: MONDAY,
        },
        MONDAY,
      )
  })

  test('a conversation deletes its calls on every day, with all that was recorded in their traces', async () => {
    expect(await forget(store.db, 'triage', { conversation: 'a' })).toEqual({
      calls: 2,
      validations: 2,
      decisions: 3,
      reviewItems: 2,
    })
    expect((await callsIn(store.db, 'triage', EVER)).map(({ conversationId }) => conversationId)).toEqual(['b', 'c'])
    expect(await validationsIn(store.db, 'triage', EVER)).toHaveLength(2)
    expect(await decisionsIn(store.db, 'triage', EVER)).toHaveLength(2)
    expect(await store.database.query('select id from review_item')).toHaveLength(2)
    expect(await forget(store.db, 'triage', { conversation: 'a' })).toMatchObject({ calls: 0, decisions: 0 })
  })

  test('a user deletes that of one agent only', async () => {
    await insert([callRecord('elsewhere', { agent: 'billing', userHash: 'bob' })])
    expect(await forget(store.db, 'triage', { user: 'bob' })).toMatchObject({ calls: 3, reviewItems: 3 })
    expect((await callsIn(store.db, 'triage', EVER)).map(({ userHash }) => userHash)).toEqual(['ada'])
    expect(await callsIn(store.db, 'billing', EVER)).toHaveLength(1)
  })

  test('in an agent without records is refused with its name', async () => {
    await expect(forget(store.db, 'nobody', { user: 'bob' })).rejects.toMatchObject({ code: 'agent_unknown' })
  })
})

test('requests that arrive at once are counted each for itself, and one that fails leaves the others alone', async () => {
  const part = (i: number): readonly CallRecord[] =>
    Array.from({ length: 10 }, (_, k) => callRecord(`together ${i} ${k}`, { agent: `agent-${i % 3}` }))
  const broken = { ...callRecord('broken'), latencySeconds: Number.NaN }
  const results = await Promise.allSettled([
    ...Array.from({ length: 20 }, (_, i) => insert(part(i))),
    insert([callRecord('beside'), broken]),
    insert(part(0)),
  ])
  expect(results.map(({ status }) => status)).toEqual([
    ...Array.from({ length: 20 }, () => 'fulfilled'),
    'rejected',
    'fulfilled',
  ])
  const counts = results.flatMap((one) => (one.status === 'fulfilled' ? [...one.value.values()] : []))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(200)
  expect(await callsIn(store.db, 'triage', EVER)).toEqual([])
})
