import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Service } from '../../src/service.ts'
import { createDetector, type Detector } from '../../src/statistics/index.ts'
import { readBaseline } from '../../src/verdict/baseline-document.ts'
import type { BatchStatistics } from '../../src/verdict/batch-statistics.ts'
import { batchOf, streamsOf } from '../../src/verdict/streams.ts'
import { budgetOf } from '../../src/verdict/watched-detector.ts'
import { DAY, MONDAY, type DayShape } from '../call-records.ts'
import { liveThrough, serviceOnDisk, withBaseline, type ServiceOnDisk } from './service-on-disk.ts'

const GOOD = { calls: 100, invalidEvery: 25 }
const BROKEN = { calls: 100, invalidEvery: 2, model: 'm-4-2026-08-01' }
/** Pages in the run of day 4; day 5 comes while the incident is open. */
const UNTIL_RESOLVED: readonly DayShape[] = [GOOD, GOOD, GOOD, BROKEN, BROKEN]
const PAGED_DAY = 4

let disk: ServiceOnDisk
beforeEach(() => {
  disk = serviceOnDisk()
})
afterEach(() => disk.remove())

test('fixed: what came since the onset stays out of reference and history, the evidence starts at 0 without a lump', async () => {
  const service = await paged()
  await service.resolveIncident(await pageId(service), 'fixed', 'ada')
  await live(service, [GOOD, GOOD], UNTIL_RESOLVED.length)
  const { detector, step } = await freshPageDetector()
  const alarm = [1, 2, 3, 4].map(step).at(-1)
  detector.restart(alarm?.onset ?? -1)
  step(6)
  expect(await evidenceOf(service)).toBe(Math.exp(step(7)?.logGated ?? Number.NaN))
  await expectSameRecomputed(service, 7)
  expect(await shownMetrics(service)).toMatchObject({
    state: 'fixed',
    ledger: { fixed: 1, open: 0 },
    isAlarming: false,
  })
})

test('false alarm: what was set aside returns to the reference, the evidence starts at 0 without a lump', async () => {
  const service = await paged()
  await service.resolveIncident(await pageId(service), 'false_alarm', 'ada')
  await live(service, [GOOD, GOOD], UNTIL_RESOLVED.length)
  const { detector, step, admit } = await freshPageDetector()
  for (const day of [1, 2, 3, 4]) step(day)
  detector.restart(PAGED_DAY)
  admit(5)
  step(6)
  expect(await evidenceOf(service)).toBe(Math.exp(step(7)?.logGated ?? Number.NaN))
  await expectSameRecomputed(service, 7)
  expect(await shownMetrics(service)).toMatchObject({
    state: 'false_alarm',
    ledger: { false_alarm: 1, open: 0 },
    isAlarming: false,
  })
})

test('accepted: the calls since the onset become the next version, and a new watch with a lump starts after them', async () => {
  const service = await paged()
  const id = await pageId(service)
  const incident = await service.resolveIncident(id, 'accepted', 'ada')
  expect(incident).toMatchObject({ state: 'accepted', by: 'ada' })
  expect((await service.baselines('triage')).at(-1)).toMatchObject({
    version: 2,
    samples: 200,
    windowStart: MONDAY + 3 * DAY,
    windowEnd: MONDAY + 5 * DAY,
  })
  await live(service, [BROKEN, BROKEN], UNTIL_RESOLVED.length)
  expect(await service.verdict('triage')).toMatchObject({ verdict: 'stable', baseline: { version: 2 } })
  const { step } = await freshPageDetector()
  step(6)
  expect(await evidenceOf(service)).toBe(Math.exp(step(7)?.logGated ?? Number.NaN))
  await expectSameRecomputed(service, 7)
  expect(await shownMetrics(service)).toMatchObject({
    state: 'accepted',
    ledger: { accepted: 1, open: 0 },
    isAlarming: false,
  })
})

test('accepted with fewer than 200 calls since the onset is refused with both counts, and changes nothing', async () => {
  const service = await paged([GOOD, GOOD, GOOD, BROKEN])
  const id = await pageId(service)
  await expect(service.resolveIncident(id, 'accepted', 'ada')).rejects.toMatchObject({
    code: 'baseline_too_small',
    message: expect.stringMatching(/100 calls.*200 are needed/u),
  })
  expect(await service.baselines('triage')).toHaveLength(1)
  expect((await service.incidents('triage')).find((one) => one.id === id)).toMatchObject({ state: 'open' })
})

test('an incident that is over cannot be accepted', async () => {
  const service = await paged()
  const id = await pageId(service)
  await service.resolveIncident(id, 'fixed', 'ada')
  await expect(service.resolveIncident(id, 'accepted', 'ada')).rejects.toThrow(/is fixed/u)
})

test('the ledger keeps pages that shadow held back apart from those that were sent', async () => {
  const service = await disk.open()
  await withBaseline(disk, service)
  await live(service, [BROKEN])
  await service.resolveIncident(await pageId(service), 'fixed', 'ada')
  await live(service, [...Array.from({ length: 15 }, () => GOOD), BROKEN], 1)
  expect(await service.ledger('triage')).toMatchObject({
    falsePagesPerYear: 1,
    pages: { open: 1, fixed: 0 },
    wouldBePages: { open: 0, fixed: 1 },
  })
})

async function paged(days: readonly DayShape[] = UNTIL_RESOLVED): Promise<Service> {
  const service = await disk.open()
  await withBaseline(disk, service)
  await live(service, days)
  return service
}

/** Runs days one by one, after `before` earlier ones. */
async function live(service: Service, days: readonly DayShape[], before = 0): Promise<void> {
  for (const [i, shape] of days.entries()) {
    await liveThrough(disk, service, before + i + 1, shape)
    await service.runDue(disk.now)
  }
}

async function pageId(service: Service): Promise<string> {
  return (await service.incidents('triage')).findLast(({ severity }) => severity === 'page')?.id ?? ''
}

async function evidenceOf(service: Service): Promise<number | undefined> {
  return (await service.verdict('triage'))?.detectors.find(({ severity }) => severity === 'page')?.evidence
}

async function expectSameRecomputed(service: Service, days: number): Promise<void> {
  for (let day = 1; day <= days; day++)
    expect(await service.recompute('triage', MONDAY + day * DAY)).toMatchObject({ isEqual: true, differing: [] })
}

/** A page detector of the version in force that has seen nothing, with the stored statistics of each day. */
async function freshPageDetector() {
  const [stored] = await disk.database.query<{ id: string; document: string }>(
    'select id, document from baseline order by version desc limit 1',
  )
  const baseline = readBaseline(stored?.document ?? '')
  const streams = streamsOf(baseline, 'page')
  const detector: Detector = createDetector({
    streams: streams.map(({ definition }) => definition),
    runsPerYear: baseline.runsPerYear,
    falsePagesPerYear: budgetOf(baseline, 'page'),
  })
  const rows = await disk.database.query<{ slot_at: number; statistics: string }>('select slot_at, statistics from run')
  const batches = (day: number) => {
    const text = rows.find((row) => row.slot_at === MONDAY + day * DAY)?.statistics ?? 'null'
    const batch: BatchStatistics = JSON.parse(text)
    return streams.map((stream) => batchOf(stream, batch))
  }
  return {
    detector,
    step: (day: number) => detector.step(batches(day)),
    admit: (day: number) => detector.admit(batches(day)),
  }
}

async function shownMetrics(service: Service) {
  const { body } = await service.metrics()
  const lines = body.split('\n')
  const value = (series: string): number =>
    Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length) ?? Number.NaN)
  const states = ['open', 'acknowledged', 'fixed', 'accepted', 'false_alarm']
  const agent = 'gen_ai_agent_name="triage"'
  return {
    state: states.find((state) => value(`tidemark_drift_incident{${agent},severity="page",state="${state}"}`) === 1),
    ledger: Object.fromEntries(
      states.map((state) => [state, value(`tidemark_false_page_ledger{${agent},resolution="${state}"}`)]),
    ),
    isAlarming:
      value(`tidemark_drift_evidence{${agent},severity="page"}`) >=
      value(`tidemark_drift_threshold{${agent},severity="page"}`),
  }
}
