import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Service } from '../../src/service.ts'
import { DAY, dayOfCalls, MONDAY } from '../call-records.ts'
import type { ScoredCall } from '../../src/scoring/scored-call.ts'
import { MIDNIGHT_SCHEDULE, serviceOnDisk, store, type ServiceOnDisk } from './service-on-disk.ts'

let disk: ServiceOnDisk
let service: Service
beforeEach(async () => {
  disk = serviceOnDisk({ agents: { triage: { schedule: MIDNIGHT_SCHEDULE } } })
  service = await disk.open()
  await store(service, dayOfCalls(MONDAY - DAY, { calls: 250, invalidEvery: 25 }))
  await service.freezeBaseline({ agent: 'triage', from: MONDAY - DAY, to: MONDAY })
})
afterEach(() => disk.remove())

/** A tenth of a day's calls as the variant's, the rest as control's. */
function dayWith(start: number, variant: string, invalidEvery: number, promptVersion = '8'): ScoredCall[] {
  const arm = dayOfCalls(start + 1, { calls: 10, invalidEvery }).map((item) => ({
    ...item,
    call: { ...item.call, variant, promptVersion },
  }))
  return [...dayOfCalls(start, { calls: 90, invalidEvery: 25 }), ...arm]
}

async function live(days: readonly (readonly ScoredCall[])[], from = 1): Promise<void> {
  for (const [i, calls] of days.entries()) {
    disk.now = MONDAY + (from + i) * DAY
    await store(service, calls)
    await service.runDue(disk.now)
  }
}

describe('a canary that breaks', () => {
  test('is an incident of its own within two days, while control is stable, and recomputes to the same bits', async () => {
    await live([0, 1].map((day) => dayWith(MONDAY + day * DAY, 'canary', 1)))
    const verdict = await service.verdict('triage')
    expect(verdict).toMatchObject({ verdict: 'stable', incident: null, samples: 90 })
    expect(verdict?.variants).toMatchObject([{ variant: 'canary', alarm: true, samples: 10 }])
    expect(verdict?.summary).toContain('Variant canary is worse than control of the same days')
    const incidents = await service.incidents('triage')
    expect(incidents).toMatchObject([{ severity: 'page', state: 'open', variant: 'canary' }])
    for (const { slotAt } of await service.verdicts('triage', 5))
      expect(await service.recompute('triage', slotAt)).toMatchObject({ isEqual: true, differing: [] })
    const metrics = await service.metrics()
    expect(metrics.body).toContain(
      'tidemark_variant_incident{gen_ai_agent_name="triage",variant="canary",state="open"} 1',
    )
    expect(metrics.body).toContain('tidemark_drift_incident{gen_ai_agent_name="triage",severity="page",state="open"} 0')
  })

  test('is watched again after its incident was fixed, and the agent itself was never paused', async () => {
    await live([0, 1].map((day) => dayWith(MONDAY + day * DAY, 'canary', 1)))
    const [incident] = await service.incidents('triage')
    await service.resolveIncident(incident?.id ?? '', 'fixed', 'jo')
    await live(
      [2].map((day) => dayWith(MONDAY + day * DAY, 'canary', 25)),
      3,
    )
    const verdict = await service.verdict('triage')
    expect(verdict?.variants?.[0]).toMatchObject({ variant: 'canary', alarm: false, runs: 1 })
    expect(verdict?.detectors.map(({ runs }) => runs)).toEqual([3, 3])
    expect(await service.recompute('triage')).toMatchObject({ isEqual: true })
  })
})
