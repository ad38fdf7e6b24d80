import { INCIDENT_STATES, type IncidentState, type Severity } from '@tidemark/instrumentation/semconv'
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
  expect(valueOf(body, 'tidemark_drift_incident', agent, 'severity="page"', 'state="open"')).toBe(1)
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

test('an agent is published with its interval from its first call on, before any slot has run', async () => {
  const service = await disk.open()
  expect((await service.metrics()).body).not.toContain('gen_ai_agent_name="triage"')
  await liveThrough(disk, service, 1, { calls: 1, invalidEvery: 25 })
  const { body } = await service.metrics()
  expect(valueOf(body, 'tidemark_evaluation_interval_seconds', 'suite="production"')).toBe(86_400)
  expect(valueOf(body, 'tidemark_evaluation_last_success_timestamp_seconds')).toBeUndefined()
  expect(incidentState(body, 'page')).toBeUndefined()
})

test('what a human made of the page is shown apart from the ticket, until a new page opens with its verdict', async () => {
  const service = await disk.open()
  await withBaseline(disk, service)
  await liveThrough(disk, service, 1, { calls: 100, invalidEvery: 2 })
  await service.runDue(disk.now)
  const resolve = async (action: 'acknowledge' | 'fixed'): Promise<string> => {
    const page = (await service.incidents('triage')).findLast(({ severity }) => severity === 'page')
    await service.resolveIncident(page?.id ?? '', action, 'ada')
    return (await service.metrics()).body
  }
  const ticket = incidentState((await service.metrics()).body, 'ticket')
  for (const [action, state] of [
    ['acknowledge', 'acknowledged'],
    ['fixed', 'fixed'],
  ] as const) {
    const body = await resolve(action)
    expect(incidentState(body, 'page')).toBe(state)
    expect(incidentState(body, 'ticket')).toBe(ticket)
    // the verdict is still the old one: the next slot has not come
    expect(valueOf(body, 'tidemark_drift_verdict', 'verdict="drift"')).toBe(1)
  }
  await liveThrough(disk, service, 2, { calls: 100, invalidEvery: 2 })
  await service.runDue(disk.now)
  const { body } = await service.metrics()
  expect(valueOf(body, 'tidemark_drift_verdict', 'verdict="drift"')).toBe(1)
  expect(incidentState(body, 'page')).toBe('open')
})

/** The state of the newest incident of a severity; undefined: there was none. */
function incidentState(text: string, severity: Severity): IncidentState | undefined {
  const held = INCIDENT_STATES.filter(
    (state) => valueOf(text, 'tidemark_drift_incident', `severity="${severity}"`, `state="${state}"`) === 1,
  )
  expect(held.length).toBeLessThanOrEqual(1)
  return held[0]
}

/** Value of the one series of a metric whose labels contain all parts. */
function valueOf(text: string, metric: string, ...parts: readonly string[]): number | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${metric}{`) && parts.every((part) => one.includes(part)))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}
