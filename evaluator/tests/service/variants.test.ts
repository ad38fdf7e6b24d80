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
    // no baseline is made of a variant
    await expect(service.resolveIncident(incident?.id ?? '', 'accepted', 'jo')).rejects.toMatchObject({
      code: 'argument_invalid',
    })
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

describe('a variant that takes over', () => {
  const promote = (value: string, at: number): Promise<unknown> =>
    service.releases.announce({
      change: { agent: 'triage', kind: 'prompt', value, at: new Date(at).toISOString() },
      gate: null,
      promotes: 'canary',
    })

  test('is control from then on, and the next canary of that name is a variant again', async () => {
    await live([dayWith(MONDAY, 'canary', 10)])
    await promote('8', MONDAY + DAY)
    await live([dayWith(MONDAY + DAY, 'canary', 10)], 2)
    expect(await service.verdict('triage')).toMatchObject({ samples: 100, excluded: { variant: 0 } })
    await live([dayWith(MONDAY + 2 * DAY, 'canary', 10, '9')], 3)
    const verdict = await service.verdict('triage')
    expect(verdict).toMatchObject({ samples: 90, excluded: { variant: 10 } })
    expect(verdict?.variants?.[0]).toMatchObject({ variant: 'canary', samples: 10 })
    for (const { slotAt } of await service.verdicts('triage', 5))
      expect(await service.recompute('triage', slotAt)).toMatchObject({ isEqual: true })
    expect(await service.releases.list('triage')).toContainEqual(
      expect.objectContaining({ value: '8', status: 'announced', promotes: 'canary' }),
    )
  })

  test('is control for the next baseline as well', async () => {
    await live([dayWith(MONDAY, 'canary', 10)])
    await promote('8', MONDAY + DAY)
    await live([dayWith(MONDAY + DAY, 'canary', 10)], 2)
    const window = { agent: 'triage', from: MONDAY + DAY, to: MONDAY + 2 * DAY, replace: true }
    expect(await service.freezeBaseline(window)).toMatchObject({ version: 2, samples: 100 })
  })

  test('has to be one that was compared with control', async () => {
    await expect(promote('8', MONDAY)).rejects.toMatchObject({ code: 'argument_invalid' })
  })
})

describe('two live versions', () => {
  const request = { agent: 'triage', from: MONDAY, to: MONDAY + 3 * DAY, control: null }

  test.each([
    ['tidemark.variant', 'control', 'canary'],
    ['gen_ai.prompt.version', '7', '8'],
  ] as const)('by %s differ with an interval that holds the true difference', async (by, control, version) => {
    disk.now = MONDAY + 3 * DAY
    for (const day of [0, 1, 2]) await store(service, dayWith(MONDAY + day * DAY, 'canary', 2))
    const found = await service.releases.compare({ ...request, by })
    expect(found).toMatchObject({ control, slots: 3, versions: [{ version, items: 30 }] })
    const valid = found.versions[0]?.differences.find(({ score }) => score === 'valid')
    // half of the canary's outputs are invalid, and 4 of 90 of control's
    expect(valid?.difference).toBeCloseTo(0.5 - 86 / 90, 10)
    expect(valid?.high).toBeLessThan(-0.25)
    expect(valid?.low).toBeGreaterThan(-0.7)
  })

  test('are compared without the time that does not count', async () => {
    disk.now = MONDAY + 3 * DAY
    for (const day of [0, 1, 2]) await store(service, dayWith(MONDAY + day * DAY, 'canary', 2))
    const window = { agent: 'triage', from: MONDAY + DAY, to: MONDAY + 2 * DAY, note: null, by: 'ada' }
    await service.excludeWindow({ ...window, reason: 'test' })
    expect((await service.releases.compare({ ...request, by: 'tidemark.variant' })).versions).toMatchObject([
      { version: 'canary', items: 20 },
    ])
  })

  test('of which only one was live say so', async () => {
    await store(service, dayWith(MONDAY, 'canary', 2))
    const found = await service.releases.compare({ ...request, by: 'gen_ai.response.model' })
    expect(found).toMatchObject({ control: 'm-4-2026-05-01', versions: [] })
  })

  test('without a call are refused', async () => {
    const later = { from: MONDAY + 50 * DAY, to: MONDAY + 60 * DAY }
    await expect(service.releases.compare({ ...request, ...later, by: 'tidemark.variant' })).rejects.toMatchObject({
      code: 'argument_invalid',
    })
  })
})
