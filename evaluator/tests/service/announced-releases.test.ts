import { afterEach, expect, test } from 'vitest'
import type { Service } from '../../src/service.ts'
import { DAY, MONDAY, type DayShape } from '../call-records.ts'
import { liveThrough, serviceOnDisk, withBaseline, type ServiceOnDisk } from './service-on-disk.ts'

const GOOD = { calls: 100, invalidEvery: 25 }
const NEW_MODEL = 'm-4-2026-08-01'
const RELEASED_AT = MONDAY + 2 * DAY

let disks: ServiceOnDisk[] = []
afterEach(async () => {
  await Promise.all(disks.map((disk) => disk.remove()))
  disks = []
})

test('an announced release restarts nothing: same baseline, and the evidence of an agent that announced none, bit for bit', async () => {
  const released = { ...GOOD, model: NEW_MODEL }
  const days = [GOOD, GOOD, released, released, released]
  const announced = await lived(days, true)
  const silent = await lived(days, false)
  expect(await detectorsOf(announced)).toEqual(await detectorsOf(silent))
  expect((await detectorsOf(announced)).map(({ runs }) => runs)).toEqual([5, 5])
  expect(await announced.baselines('triage')).toHaveLength(1)
  expect(await announced.recompute('triage')).toMatchObject({ isEqual: true, differing: [] })
  expect(await announced.releases.list('triage')).toMatchObject([
    { kind: 'model', value: NEW_MODEL, status: 'announced' },
  ])
})

test('a release that breaks behaviour and was announced without the gate is paged within three days, with it as the cause', async () => {
  const broken = { calls: 100, invalidEvery: 2, model: NEW_MODEL }
  const service = await lived([GOOD, GOOD, broken, broken, broken], true)
  const page = (await service.incidents('triage')).find(({ severity }) => severity === 'page')
  expect(page?.openedSlotAt).toBeLessThanOrEqual(RELEASED_AT + 3 * DAY)
  const verdict = await service.verdict('triage')
  expect(verdict?.verdict).toBe('drift')
  expect(JSON.stringify(verdict?.causes[0])).toContain(NEW_MODEL)
  expect(await service.recompute('triage')).toMatchObject({ isEqual: true, differing: [] })
})

async function lived(days: readonly DayShape[], isAnnounced: boolean): Promise<Service> {
  const disk = serviceOnDisk()
  disks.push(disk)
  const service = await disk.open()
  await withBaseline(disk, service)
  for (const [i, shape] of days.entries()) {
    if (isAnnounced && MONDAY + i * DAY === RELEASED_AT)
      await service.releases.announce({
        change: { agent: 'triage', kind: 'model', value: NEW_MODEL, at: new Date(RELEASED_AT).toISOString() },
        gate: null,
        promotes: null,
      })
    await liveThrough(disk, service, i + 1, shape)
    await service.runDue(disk.now)
  }
  return service
}

async function detectorsOf(service: Service) {
  return (await service.verdict('triage'))?.detectors ?? []
}
