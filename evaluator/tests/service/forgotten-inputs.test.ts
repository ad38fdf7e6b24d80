import { afterEach, beforeEach, expect, test } from 'vitest'
import { askedIds, recordOf, replayKey } from '../../src/domain/asked-ids.ts'
import { insertAnchors } from '../../src/store/judge-anchors.ts'
import { openStore } from '../../src/store/open-store.ts'
import { DAY, MONDAY } from '../call-records.ts'
import { A_DAY, freezeInputs, replayedAgent, type ReplayedAgent } from './replayed-agent.ts'
import { liveThrough, withBaseline } from './service-on-disk.ts'

let agent: ReplayedAgent
beforeEach(async () => {
  agent = await replayedAgent()
})
afterEach(() => agent.close())

test('with a frozen input goes what judges keep of its runs and replays, and the replays recompute to the same bits', async () => {
  const { disk } = agent
  const service = await disk.open()
  await withBaseline(disk, service)
  const baseline = await freezeInputs(disk)
  await liveThrough(disk, service, 1, { calls: 100, invalidEvery: 25 })
  await service.runSentinelsDue(disk.now)
  const [forgotten = '', kept = ''] = agent.asked.map(({ id }) => id)
  const runs = { [forgotten]: askedIds('harness/forgotten'), [kept]: askedIds('harness/kept') }
  const store = await openStore(disk.database.url)
  try {
    for (const [id, ids] of Object.entries(runs)) {
      await store.db
        .updateTable('sentinel_input')
        .set({ records: JSON.stringify([recordOf(ids)]) })
        .where('id', '=', id)
        .execute()
      const anchor = { score: 'helpful', anchor: id === kept ? 0 : 1, parts: `secret of ${id}`, ...ids }
      await insertAnchors(store.db, { agent: 'triage', baseline }, [anchor])
      for (const record of [recordOf(ids), recordOf(askedIds(replayKey(baseline, MONDAY + DAY, id)))])
        await store.db
          .insertInto('judge_answer')
          .values({
            agent: 'triage',
            version: 'v1',
            record,
            outcome: 'scored',
            choice: 'good',
            value: 1,
            explanation: `it repeats the secret of ${id}`,
            tokens: 1,
            usd: null,
            answered_at: MONDAY,
          })
          .execute()
    }
    expect(await service.forget('triage', { example: forgotten })).toMatchObject({ frozenInputs: 1 })
    const left = await store.db.selectFrom('judge_answer').select('explanation').execute()
    expect(left.map(({ explanation }) => explanation)).toEqual(Array(2).fill(`it repeats the secret of ${kept}`))
    expect(await store.db.selectFrom('judge_anchor').select('parts').execute()).toEqual([
      { parts: `secret of ${kept}` },
    ])
  } finally {
    await store.close()
  }
  for (const day of [2, 3, 4, 5, 6]) {
    disk.now = MONDAY + day * DAY
    await service.runSentinelsDue(disk.now)
  }
  // its turn came again, without it
  expect(agent.asked.filter(({ id }) => id === forgotten)).toHaveLength(1)
  expect(agent.asked).toHaveLength(6 * A_DAY - 1)
  expect(await service.recomputeSentinels('triage')).toEqual({ runs: 6, isEqual: true })
})
