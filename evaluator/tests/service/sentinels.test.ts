import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { beginQuestion, answerQuestion, claimSentinelRun } from '../../src/store/sentinel-runs.ts'
import { drawSentinels } from '../../src/verdict/sentinel-draw.ts'
import { DAY, dayOfCalls, MONDAY } from '../call-records.ts'
import { A_DAY, freezeInputs, INPUTS, replayedAgent, type ReplayedAgent } from './replayed-agent.ts'
import { liveThrough, store, withBaseline, type ServiceOnDisk } from './service-on-disk.ts'

let agent: ReplayedAgent
let disk: ServiceOnDisk

beforeEach(async () => {
  agent = await replayedAgent()
  disk = agent.disk
})
afterEach(() => agent.close())

test('two processes replay a day once, as sentinels, each input once in an order, and nothing of it enters production', async () => {
  const [first, second] = [await disk.open(), await disk.open()]
  await withBaseline(disk, first)
  await freezeInputs(disk)
  for (const day of [1, 2, 3]) {
    await liveThrough(disk, first, day, { calls: 100, invalidEvery: 25 })
    await Promise.all([first.runSentinelsDue(disk.now), second.runSentinelsDue(disk.now)])
    await first.runSentinelsDue(disk.now)
    await first.runDue(disk.now)
  }
  expect(agent.asked).toHaveLength(INPUTS)
  expect(new Set(agent.asked.map(({ id }) => id)).size).toBe(INPUTS)
  expect(agent.asked.every(({ baggage }) => baggage === 'tidemark.origin=sentinel')).toBe(true)
  const verdict = await first.verdict('triage')
  expect(verdict).toMatchObject({ verdict: 'stable', samples: 100, sentinel: { asked: A_DAY, answered: A_DAY } })
  expect(await first.recomputeSentinels('triage')).toEqual({ runs: 3, isEqual: true })
})

test('an agent that answers frozen inputs worse is a page of its own, said in the verdict, and goes on once it is fixed', async () => {
  const service = await disk.open()
  await withBaseline(disk, service)
  await freezeInputs(disk)
  agent.isValid = (id) => Number(id.slice(6)) % 3 !== 0
  for (const day of [1, 2, 3]) {
    await liveThrough(disk, service, day, { calls: 100, invalidEvery: 25 })
    await service.runSentinelsDue(disk.now)
    await service.runDue(disk.now)
  }
  const verdict = await service.verdict('triage')
  expect(verdict).toMatchObject({ verdict: 'drift', sentinel: { finding: 'agent_changed' } })
  expect(verdict?.summary).toMatch(/^The agent itself changed: on the same frozen inputs valid .* Production does not/u)
  const page = (await service.incidents('triage')).find(({ severity }) => severity === 'page')
  expect(page).toMatchObject({ suite: 'sentinel', state: 'open' })
  expect(verdict?.incident?.id).toBe(page?.id)
  const { body } = await service.metrics()
  expect(body).toContain('tidemark_evaluation_samples{gen_ai_agent_name="triage",suite="sentinel"} 20')
  const value = (name: string): number =>
    Number(new RegExp(`^${name}\\{[^}]*severity="page"[^}]*\\} (.*)$`, 'mu').exec(body)?.[1])
  expect(value('tidemark_sentinel_evidence')).toBeGreaterThanOrEqual(value('tidemark_sentinel_threshold'))
  expect(value('tidemark_drift_evidence')).toBeGreaterThanOrEqual(value('tidemark_drift_threshold'))
  expect((await service.recompute('triage')).isEqual).toBe(true)

  await service.resolveIncident(page?.id ?? '', 'fixed', 'ada')
  agent.isValid = () => true
  for (const day of [4, 5, 6]) {
    await liveThrough(disk, service, day, { calls: 100, invalidEvery: 25 })
    await service.runSentinelsDue(disk.now)
    await service.runDue(disk.now)
  }
  expect(await service.verdict('triage')).toMatchObject({ verdict: 'stable', sentinel: { finding: null } })
  expect(await service.recomputeSentinels('triage')).toEqual({ runs: 6, isEqual: true })
})

test('an agent whose answers are slow does not keep another one from its turn', async () => {
  const service = await disk.open()
  await withBaseline(disk, service)
  await freezeInputs(disk)
  await freezeInputs(disk, 'billing')
  const calls = dayOfCalls(MONDAY, { calls: 1, invalidEvery: 25 }).map((one) => ({
    call: { ...one.call, agent: 'billing' },
    validation: null,
  }))
  await store(service, calls)
  disk.now = MONDAY + DAY
  const { promise, resolve } = Promise.withResolvers<void>()
  // each waits until the other was asked: one after the other, neither would end
  const open = new Set(['input', 'billing'])
  agent.before = async (id) => {
    open.delete(id.split('-')[0] ?? '')
    if (open.size === 0) resolve()
    await promise
  }
  expect(await service.runSentinelsDue(disk.now)).toMatchObject([{ answered: A_DAY }, { answered: A_DAY }])
}, 20_000)

test('a run that was killed goes on: what was answered is not asked again, nor what was under way', async () => {
  const service = await disk.open()
  await withBaseline(disk, service)
  const baseline = await freezeInputs(disk)
  disk.now = MONDAY + DAY
  const slot = { agent: 'triage', slotAt: MONDAY + DAY }
  const store = await openStore(disk.database.url)
  try {
    // what a process leaves that was killed: its lease, one answer, one question without
    await claimSentinelRun(store.db, slot, { owner: 'gone', now: Date.now() - 1000, leaseMilliseconds: 1 })
    const ids = Array.from({ length: INPUTS }, (_, i) => `input-${i}`)
    const [answered = '', underWay = ''] = drawSentinels(ids, { run: 0, perRun: A_DAY, key: baseline })
    await beginQuestion(store.db, slot, answered, disk.now)
    const answer = { output: '{}', latencySeconds: 1, validation: 'valid', costUsd: 0.5 }
    await answerQuestion(store.db, slot, answered, JSON.stringify({ kind: 'answer', answer }))
    await beginQuestion(store.db, slot, underWay, disk.now)
    const [report] = await service.runSentinelsDue(disk.now)
    expect(report).toMatchObject({ asked: A_DAY, answered: A_DAY - 1, failures: { interrupted: 1 }, costUsd: 0.5 })
    expect(agent.asked).toHaveLength(A_DAY - 2)
    expect(agent.asked.some(({ id }) => id === answered || id === underWay)).toBe(false)
  } finally {
    await store.close()
  }
})

test('a target that fails is missing and no success of the suite, and never a wrong score', async () => {
  const service = await disk.open()
  await withBaseline(disk, service)
  await freezeInputs(disk)
  agent.isBroken = true
  for (const day of [1, 2, 3, 4]) {
    await liveThrough(disk, service, day, { calls: 100, invalidEvery: 25 })
    await service.runSentinelsDue(disk.now)
    await service.runDue(disk.now)
  }
  const verdict = await service.verdict('triage')
  expect(verdict?.sentinel).toMatchObject({ answered: 0, agentChanged: false, failures: { refused: A_DAY }, moves: [] })
  const { body } = await service.metrics()
  expect(body).toMatch(/last_run_timestamp_seconds\{[^}]*suite="sentinel"\}/u)
  expect(body).not.toMatch(/last_success_timestamp_seconds\{[^}]*suite="sentinel"\}/u)
  expect(await service.incidents('triage')).toMatchObject([{ severity: 'ticket', suite: 'sentinel' }])
})
