import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Service } from '../../src/service.ts'
import { DAY, dayOfCalls, MONDAY, type DayShape } from '../call-records.ts'
import { liveThrough, serviceOnDisk, store, withBaseline, type ServiceOnDisk } from './service-on-disk.ts'

const GOOD = { calls: 100, invalidEvery: 25 }
const OUTAGE = { calls: 100, invalidEvery: 2 }
const HOUR = DAY / 24

let disk: ServiceOnDisk
beforeEach(() => {
  disk = serviceOnDisk()
})
afterEach(() => disk.remove())

test('a slot wholly inside an excluded window is skipped and said, and the later ones are as if it had never been', async () => {
  const service = await lived([GOOD, GOOD, OUTAGE, GOOD, GOOD])
  const other = serviceOnDisk()
  const without = await other.open()
  await withBaseline(other, without)
  for (const day of [1, 2, 4, 5]) await liveThrough(other, without, day, GOOD)
  await without.runDue(other.now)

  const result = await exclude(service, MONDAY + 2 * DAY, MONDAY + 3 * DAY)
  expect(result).toMatchObject({ skipped: [MONDAY + 3 * DAY], rescored: [], recomputed: 3, touchesBaseline: false })
  const skipped = await service.verdict('triage', MONDAY + 3 * DAY)
  expect(skipped).toMatchObject({ verdict: 'insufficient_data', samples: 0, excluded: { outage: 100 } })
  expect(skipped?.summary).toMatch(/taken out of the watch \(outage, the provider was away\)/u)
  expect(await evidences(service)).toEqual(await evidences(without))
  await expectSameRecomputed(service, 5)
  await other.remove()
})

test('a slot that an excluded window cuts is scored again from the rest, to the last bit as a recomputation does', async () => {
  const service = await lived([GOOD, GOOD, GOOD])
  const result = await exclude(service, MONDAY + DAY, MONDAY + DAY + 12 * HOUR)
  expect(result).toMatchObject({ rescored: [MONDAY + 2 * DAY], skipped: [], recomputed: 2 })
  expect(await service.verdict('triage', MONDAY + 2 * DAY)).toMatchObject({ samples: 50, excluded: { outage: 50 } })
  await expectSameRecomputed(service, 3)
})

test('the metrics count what was left out, by reason', async () => {
  const service = await lived([GOOD])
  await exclude(service, MONDAY, MONDAY + 6 * HOUR)
  expect((await service.metrics()).body).toMatch(/tidemark_evaluation_excluded_samples\{[^}]*reason="outage"\} 25$/mu)
})

test('a window that is excluded before its slot is run leaves its calls out of that run', async () => {
  const service = await lived([GOOD])
  await liveThrough(disk, service, 2, GOOD)
  await exclude(service, MONDAY + DAY, MONDAY + DAY + 12 * HOUR)
  expect(await service.runDue(disk.now)).toMatchObject([{ samples: 50, excluded: { outage: 50 } }])
  await liveThrough(disk, service, 3, OUTAGE)
  await exclude(service, MONDAY + 2 * DAY, MONDAY + 3 * DAY)
  expect(await service.runDue(disk.now)).toMatchObject([{ verdict: 'insufficient_data', samples: 0 }])
  await expectSameRecomputed(service, 3)
})

test('a page that rested on the window has no alarm any more, and its incident is named for a person to end', async () => {
  const service = await lived([GOOD, GOOD, OUTAGE, GOOD])
  expect(await service.verdict('triage')).toMatchObject({ verdict: 'drift' })
  const page = (await service.incidents('triage')).find(({ severity }) => severity === 'page')
  const result = await exclude(service, MONDAY + 2 * DAY, MONDAY + 3 * DAY)
  expect(result.unsupported.map(({ id }) => id)).toContain(page?.id)
  expect(await service.verdict('triage')).toMatchObject({ verdict: 'stable', incident: null })
  expect((await service.incidents('triage')).find(({ id }) => id === page?.id)).toMatchObject({ state: 'open' })
  await liveThrough(disk, service, 5, GOOD)
  expect(await service.runDue(disk.now)).toMatchObject([{ verdict: 'stable' }])
  await expectSameRecomputed(service, 5)
})

test('a decision of a person counts on where its alarm lies in another slot than before', async () => {
  const service = await lived([GOOD, GOOD, OUTAGE, OUTAGE])
  const page = (await service.incidents('triage')).find(({ severity }) => severity === 'page')
  await service.resolveIncident(page?.id ?? '', 'fixed', 'ada')
  for (const day of [5, 6]) {
    await liveThrough(disk, service, day, GOOD)
    await service.runDue(disk.now)
  }
  const alarmedAt = page?.openedSlotAt ?? 0
  const result = await exclude(service, alarmedAt - DAY, alarmedAt)
  const moved = (await service.incidents('triage')).find(({ id }) => id === page?.id)
  expect(moved).toMatchObject({ state: 'fixed' })
  expect(moved?.openedSlotAt).toBe(alarmedAt + DAY)
  expect(result.opened.filter(({ severity }) => severity === 'page')).toEqual([])
  expect(await service.verdict('triage')).toMatchObject({ verdict: 'stable' })
  await expectSameRecomputed(service, 6)
})

test('a window that counts again brings every verdict back to the last bit, and stays on record with who and why', async () => {
  const service = await lived([GOOD, OUTAGE, GOOD, GOOD])
  const before = await service.verdicts('triage', 10)
  const { window } = await exclude(service, MONDAY + DAY, MONDAY + 2 * DAY)
  expect(await service.verdicts('triage', 10)).not.toEqual(before)
  await service.includeWindow({ id: window.id, by: 'bob', why: 'it was real traffic' })
  expect(await service.verdicts('triage', 10)).toEqual(before)
  expect(await service.excludedWindows('triage')).toMatchObject([
    {
      reason: 'outage',
      note: 'the provider was away',
      excludedBy: 'ada',
      removed: { at: disk.now, by: 'bob', why: 'it was real traffic' },
    },
  ])
  await expect(service.includeWindow({ id: window.id, by: 'bob', why: null })).rejects.toThrow(/counts again since/u)
})

test('a window in the time of the baseline changes nothing of it, and a new freeze leaves it out', async () => {
  const service = await lived([GOOD])
  const [before] = await service.baselines('triage')
  const result = await exclude(service, MONDAY - DAY, MONDAY - DAY / 2)
  expect(result).toMatchObject({ touchesBaseline: true, recomputed: 0 })
  expect(await service.baselines('triage')).toEqual([before])
  await service.freezeBaseline({ agent: 'triage', from: MONDAY - DAY, to: MONDAY, replace: true })
  expect((await service.baselines('triage')).at(-1)).toMatchObject({ version: 2, samples: 125 })
})

test('another process that has the history in its memory goes on with the one that was computed again', async () => {
  const service = await lived([GOOD, OUTAGE])
  await exclude(await disk.open(), MONDAY + DAY, MONDAY + 2 * DAY)
  await liveThrough(disk, service, 3, GOOD)
  expect(await service.runDue(disk.now)).toMatchObject([{ verdict: 'stable' }])
  await expectSameRecomputed(service, 3)
})

test('decisions of an excluded window are no decisions of the slot', async () => {
  const service = await lived([])
  await store(service, [])
  async function* decisions(): AsyncGenerator<string> {
    for (let i = 0; i < 20; i++)
      yield JSON.stringify({
        type: 'decision',
        traceId: i.toString(16).padStart(32, 'a'),
        spanId: i.toString(16).padStart(16, 'a'),
        agent: 'triage',
        at: MONDAY + i * HOUR,
        route: 'escalated',
        reason: 'policy',
      })
  }
  await liveThrough(disk, service, 1, GOOD)
  await service.importRecords(decisions(), () => undefined)
  await service.runDue(disk.now)
  expect((await service.verdict('triage'))?.escalation.decisions).toBe(20)
  await exclude(service, MONDAY, MONDAY + 12 * HOUR)
  expect((await service.verdict('triage'))?.escalation.decisions).toBe(8)
})

test('inputs of an excluded window are no real examples', async () => {
  const service = await disk.open()
  const calls = dayOfCalls(MONDAY, GOOD).map((one, i) => ({ ...one, call: { ...one.call, input: `ticket ${i}` } }))
  await store(service, calls)
  await exclude(service, MONDAY, MONDAY + 12 * HOUR)
  const { manifest } = await service.drawExamples({
    agent: 'triage',
    source: 'store',
    name: null,
    lines: null,
    window: { from: MONDAY, to: MONDAY + DAY },
    size: 250,
    stratify: false,
    seed: 1,
  })
  expect(manifest.counts).toMatchObject({ found: 50 })
})

test('an empty window is refused', async () => {
  const service = await lived([])
  await expect(exclude(service, MONDAY, MONDAY)).rejects.toMatchObject({ code: 'window_invalid' })
})

async function lived(days: readonly DayShape[]): Promise<Service> {
  const service = await disk.open()
  await withBaseline(disk, service)
  for (const [i, shape] of days.entries()) {
    await liveThrough(disk, service, i + 1, shape)
    await service.runDue(disk.now)
  }
  return service
}

function exclude(service: Service, from: number, to: number) {
  return service.excludeWindow({
    agent: 'triage',
    from,
    to,
    reason: 'outage',
    note: 'the provider was away',
    by: 'ada',
  })
}

async function evidences(service: Service): Promise<unknown> {
  return (await service.verdicts('triage', 10))
    .filter(({ slotAt }) => slotAt !== MONDAY + 3 * DAY)
    .map(({ slotAt, detectors, verdict, scores }) => ({ slotAt, detectors, verdict, scores }))
}

async function expectSameRecomputed(service: Service, days: number): Promise<void> {
  for (let day = 1; day <= days; day++)
    expect(await service.recompute('triage', MONDAY + day * DAY)).toMatchObject({ isEqual: true, differing: [] })
}
