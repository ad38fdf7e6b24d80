import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Service } from '../../src/service.ts'
import { DAY, MONDAY } from '../call-records.ts'
import { A_DAY, freezeInputs, replayedAgent, type ReplayedAgent } from './replayed-agent.ts'
import { liveThrough, withBaseline, type ServiceOnDisk } from './service-on-disk.ts'

const GOOD = { calls: 100, invalidEvery: 25 }
const HOUR = DAY / 24

let agent: ReplayedAgent
let disk: ServiceOnDisk
beforeEach(async () => {
  agent = await replayedAgent()
  disk = agent.disk
})
afterEach(() => agent.close())

test('a page of replays that were asked in an outage is gone with the window, from the verdict too, and comes back with it', async () => {
  const service = await watched()
  agent.isValid = (id) => Number(id.slice(6)) % 3 !== 0
  await live(service, [1, 2, 3])
  agent.isValid = () => true
  await live(service, [4])
  const before = await service.verdicts('triage', 10)
  const page = (await service.incidents('triage')).find(({ severity }) => severity === 'page')
  expect(before.at(-1)).toMatchObject({ verdict: 'drift', incident: { id: page?.id } })

  // after the newest slot of production: no slot has its calls in it
  const { window, ...result } = await exclude(service, MONDAY + DAY - HOUR, MONDAY + 3 * DAY + HOUR)
  expect(result).toMatchObject({ replays: [1, 2, 3].map((day) => MONDAY + day * DAY), recomputed: 4 })
  expect(result.unsupported.map(({ id }) => id)).toContain(page?.id)
  const verdict = await service.verdict('triage')
  expect(verdict).toMatchObject({ verdict: 'stable', incident: null, sentinel: { finding: null, agentChanged: false } })
  expect(await service.recomputeSentinels('triage')).toEqual({ runs: 4, isEqual: true })
  await expectSameRecomputed(service, [1, 2, 3, 4])
  const { body } = await service.metrics()
  const value = (name: string): number =>
    Number(new RegExp(`^${name}\\{[^}]*severity="page"[^}]*\\} (.*)$`, 'mu').exec(body)?.[1])
  expect(value('tidemark_sentinel_evidence')).toBeLessThan(value('tidemark_sentinel_threshold'))

  await live(service, [5])
  expect(await service.verdict('triage')).toMatchObject({ verdict: 'stable', incident: null })
  expect(await service.recomputeSentinels('triage')).toEqual({ runs: 5, isEqual: true })

  await service.includeWindow({ id: window.id, by: 'bob', why: null })
  const after = await service.verdicts('triage', 10)
  expect(after.slice(0, before.length)).toEqual(before)
  expect(after.at(-1)).toMatchObject({ verdict: 'drift', incident: { id: page?.id } })
  expect(await service.recomputeSentinels('triage')).toEqual({ runs: 5, isEqual: true })
})

test('a run of replays in a window is said to count for nothing, and its answers are counted as left out', async () => {
  const service = await watched()
  await live(service, [1])
  await exclude(service, MONDAY + DAY, MONDAY + DAY + HOUR)
  expect((await service.sentinelStatus('triage')).report).toMatchObject({ answered: A_DAY, excluded: 'outage' })
  const { body } = await service.metrics()
  expect(body).toMatch(/evaluation_excluded_samples\{[^}]*suite="sentinel"[^}]*reason="outage"\} 20$/mu)
})

test('an agent is not asked while a window of its time does not count, and is asked once it is over', async () => {
  const service = await watched()
  await exclude(service, MONDAY + DAY - HOUR, MONDAY + DAY + HOUR)
  disk.now = MONDAY + DAY
  expect(await service.runSentinelsDue(disk.now)).toEqual([])
  expect(agent.asked).toEqual([])
  disk.now += 2 * HOUR
  expect(await service.runSentinelsDue(disk.now)).toMatchObject([{ slotAt: MONDAY + DAY, answered: A_DAY }])
})

async function watched(): Promise<Service> {
  const service = await disk.open()
  await withBaseline(disk, service)
  await freezeInputs(disk)
  return service
}

async function live(service: Service, days: readonly number[]): Promise<void> {
  for (const day of days) {
    await liveThrough(disk, service, day, GOOD)
    await service.runSentinelsDue(disk.now)
    await service.runDue(disk.now)
  }
}

async function expectSameRecomputed(service: Service, days: readonly number[]): Promise<void> {
  for (const day of days)
    expect(await service.recompute('triage', MONDAY + day * DAY)).toMatchObject({ isEqual: true, differing: [] })
}

function exclude(service: Service, from: number, to: number) {
  return service.excludeWindow({ agent: 'triage', from, to, reason: 'outage', note: null, by: 'ada' })
}
