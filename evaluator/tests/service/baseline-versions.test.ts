import { afterEach, beforeEach, expect, test } from 'vitest'
import { DAY, dayOfCalls, MONDAY } from '../call-records.ts'
import { liveThrough, serviceOnDisk, store, withBaseline, type ServiceOnDisk } from './service-on-disk.ts'

const GOOD = { calls: 100, invalidEvery: 25 }

let disk: ServiceOnDisk
beforeEach(() => {
  disk = serviceOnDisk()
})
afterEach(() => disk.remove())

test('an expired baseline is still compared with, and verdict and metrics say that it expired', async () => {
  const service = await disk.open()
  await withBaseline(disk, service)
  const [before] = await service.baselines('triage')
  await service.expireBaseline({ agent: 'triage', by: 'ada', why: 'the prompt was rewritten' })
  const expiredAt = disk.now
  await liveThrough(disk, service, 1, GOOD)
  await service.runDue(disk.now)
  expect(await service.verdict('triage')).toMatchObject({ verdict: 'stable', baseline: { version: 1, expiredAt } })
  expect((await service.verdict('triage'))?.summary).toMatch(/The baseline expired on 2026-09-07/u)
  expect((await service.metrics()).body).toMatch(
    new RegExp(String.raw`^tidemark_baseline_expiry_timestamp_seconds\{.*\} ${expiredAt / 1000}$`, 'mu'),
  )
  expect(await service.baselineDetails('triage')).toMatchObject({ id: before?.id, isUnchanged: true })
  expect((await service.baselines('triage'))[0]?.expired).toEqual({ by: 'ada', why: 'the prompt was rewritten' })
  await expect(service.expireBaseline({ agent: 'triage', by: 'ada', why: null })).rejects.toThrow(/expired on/u)
})

test('forgetting a conversation of the baseline leaves its statistics, its id and every recomputation as they were', async () => {
  const service = await disk.open()
  const calls = dayOfCalls(MONDAY - DAY, { calls: 250, invalidEvery: 25 }).map((one, i) => ({
    ...one,
    call: { ...one.call, conversationId: i < 40 ? `chat-${i}` : null, output: `secret ${i}` },
  }))
  await store(service, calls)
  await service.freezeBaseline({ agent: 'triage', from: MONDAY - DAY, to: MONDAY })
  await liveThrough(disk, service, 1, GOOD)
  await service.runDue(disk.now)
  const before = await service.baselineDetails('triage')
  for (let i = 0; i < 40; i++) await service.forget('triage', { conversation: `chat-${i}` })
  expect(await service.baselineDetails('triage')).toEqual(before)
  const [stored] = await disk.database.query<{ document: string }>('select document from baseline')
  expect(stored?.document).not.toContain('secret')
  expect(await disk.database.query("select output from call_record where output = 'secret 3'")).toEqual([])
  expect(await service.recompute('triage')).toMatchObject({ isEqual: true, differing: [] })
  await liveThrough(disk, service, 2, GOOD)
  expect(await service.runDue(disk.now)).toMatchObject([{ verdict: 'stable' }])
  expect(await service.recompute('triage')).toMatchObject({ isEqual: true, differing: [] })
})
