import { afterEach, beforeEach, expect, test } from 'vitest'
import { DAY, MONDAY } from '../call-records.ts'
import { liveThrough, serviceOnDisk, withBaseline, type ServiceOnDisk } from './service-on-disk.ts'

let disk: ServiceOnDisk
beforeEach(() => {
  disk = serviceOnDisk()
})
afterEach(() => disk.remove())

test('/metrics shows the drift, its onset and cause, the open incident, and after a restart the same', async () => {
  const service = await disk.open()
  await withBaseline(disk, service)
  for (let day = 1; day <= 16; day++) {
    const shape =
      day === 16 ? { calls: 100, invalidEvery: 2, model: 'm-4-2026-08-01' } : { calls: 100, invalidEvery: 25 }
    await liveThrough(disk, service, day, shape)
    await service.runDue(disk.now)
  }
  const { body } = await service.metrics()
  const agent = 'gen_ai_agent_name="triage"'
  expect(valueOf(body, 'tidemark_drift_verdict', agent, 'verdict="drift"')).toBe(1)
  expect(valueOf(body, 'tidemark_drift_verdict', agent, 'verdict="stable"')).toBe(0)
  expect(valueOf(body, 'tidemark_drift_incident', agent, 'state="open"')).toBe(1)
  expect(valueOf(body, 'tidemark_agent_mode', agent, 'mode="live"')).toBe(1)
  expect(valueOf(body, 'tidemark_drift_onset_timestamp_seconds', agent)).toBe((MONDAY + 15 * DAY) / 1000)
  expect(valueOf(body, 'tidemark_drift_cause_probability', 'm-4-2026-05-01 to m-4-2026-08-01')).toBeGreaterThan(0.9)
  const evidence = valueOf(body, 'tidemark_drift_evidence', agent, 'severity="page"') ?? 0
  expect(evidence).toBeGreaterThan(valueOf(body, 'tidemark_drift_threshold', agent, 'severity="page"') ?? Infinity)
  const restarted = await (await disk.open()).metrics()
  const stored = (text: string): string[] =>
    text.split('\n').filter((line) => line.includes(agent) && !line.includes('_ingest_'))
  expect(stored(restarted.body)).toEqual(stored(body))
})

test('an acknowledged page is shown although an older or newer ticket is open', async () => {
  const service = await disk.open()
  await withBaseline(disk, service)
  await liveThrough(disk, service, 1, { calls: 100, invalidEvery: 2 })
  await service.runDue(disk.now)
  const page = (await service.incidents('triage')).find(({ severity }) => severity === 'page')
  await service.resolveIncident(page?.id ?? '', 'acknowledge', 'ada')
  const { body } = await service.metrics()
  expect(valueOf(body, 'tidemark_drift_incident', 'state="acknowledged"')).toBe(1)
  expect(valueOf(body, 'tidemark_drift_incident', 'state="open"')).toBe(0)
})

/** Value of the one series of a metric whose labels contain all parts. */
function valueOf(text: string, metric: string, ...parts: readonly string[]): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${metric}{`) && parts.every((part) => one.includes(part)))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}
