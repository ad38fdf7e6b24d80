import { afterEach, describe, expect, test } from 'vitest'
import { callRecord, DAY, evaluated, MONDAY } from '../call-records.ts'
import { serviceOnDisk, store, type ServiceOnDisk } from './service-on-disk.ts'

const HOUR = 3_600_000

const disks: ServiceOnDisk[] = []
afterEach(async () => {
  await Promise.all(disks.splice(0).map((disk) => disk.remove()))
})

type Schedule = { readonly cadence: string; readonly at: string; readonly paused?: boolean }

function diskOf(schedule: Schedule): ServiceOnDisk {
  const settings = { schedule: { settleMinutes: 15, catchUpDays: 31, ...schedule } }
  const disk = serviceOnDisk({ agents: { triage: settings, other: settings }, retentionDays: 3650 })
  disks.push(disk)
  return disk
}

/** One call an hour of an agent, in the middle of the hour. */
function hourly(agent: string, { from, to }: { from: number; to: number }) {
  return Array.from({ length: (to - from) / HOUR }, (_, hour) => {
    const key = `${agent} ${from} ${hour}`
    return evaluated(callRecord(key, { agent, startedAt: from + (hour + 0.5) * HOUR }))
  })
}

/** An agent with a frozen baseline of 500 calls before `from`, and a call in each hour of the time from it on. */
async function lived(disk: ServiceOnDisk, agents: readonly string[], { from, to }: { from: number; to: number }) {
  const service = await disk.open()
  for (const agent of agents) {
    const good = Array.from({ length: 500 }, (_, i) =>
      evaluated(callRecord(`${agent} good ${i}`, { agent, startedAt: from - DAY + i * 60_000 })),
    )
    disk.now = from
    await store(service, good)
    await service.freezeBaseline({ agent, from: from - DAY, to: from })
    disk.now = to
    await store(service, hourly(agent, { from, to }))
  }
  return service
}

describe('a cadence from the clock to the verdict', () => {
  test.each([
    { cadence: 'hourly', days: 1, slots: 24, items: 1, interval: 3600 },
    { cadence: '6h', days: 4, slots: 16, items: 6, interval: 21_600 },
    { cadence: '12h', days: 5, slots: 10, items: 12, interval: 43_200 },
    { cadence: 'daily', days: 5, slots: 5, items: 24, interval: 86_400 },
    { cadence: '3d', days: 12, slots: 4, items: 72, interval: 259_200 },
    { cadence: 'weekly', days: 28, slots: 4, items: 168, interval: 604_800 },
  ])('$cadence: each slot in its turn and once, with every call in one of them', async (expected) => {
    const disk = diskOf({ cadence: expected.cadence, at: '00:00' })
    // a day that begins three days; the Monday begins everything else
    const from = MONDAY + (expected.cadence === '3d' ? DAY - (((MONDAY + DAY) / DAY) % 3) * DAY : 0)
    const to = from + expected.days * DAY
    const service = await lived(disk, ['triage'], { from, to: to + HOUR })
    const seen: number[] = []
    // the clock looks before and after the settling of each
    for (let now = from; now <= to + HOUR; now += HOUR / 2)
      seen.push(...(await service.runDue(now, 'triage')).map(({ slotAt }) => slotAt))
    expect(seen).toHaveLength(expected.slots)
    const verdicts = await service.verdicts('triage', 100)
    expect(verdicts.map(({ slotAt }) => slotAt)).toEqual(seen)
    expect(verdicts.map(({ windowStart }) => windowStart)).toEqual([from, ...seen.slice(0, -1)])
    expect(verdicts.map(({ samples }) => samples)).toEqual(seen.map(() => expected.items))
    const published = (await service.metrics()).body.split('\n')
    const valueOf = (name: string): string | undefined =>
      published
        .find((line) => line.startsWith(`${name}{`) && line.includes('suite="production"'))
        ?.split(' ')
        .at(-1)
    expect(valueOf('tidemark_evaluation_interval_seconds')).toBe(String(expected.interval))
    expect(valueOf('tidemark_evaluation_last_success_timestamp_seconds')).toBe(
      String((verdicts.at(-1)?.evaluatedAt ?? 0) / 1000),
    )
  })

  test('monthly: windows are as long as their months', async () => {
    const disk = diskOf({ cadence: 'monthly', at: '08:00' })
    const from = Date.UTC(2026, 0, 1, 8)
    const to = Date.UTC(2026, 4, 1, 8)
    const service = await lived(disk, ['triage'], { from, to })
    for (let now = from; now <= to + DAY; now += DAY) await service.runDue(now, 'triage')
    const verdicts = await service.verdicts('triage', 100)
    expect(verdicts.map(({ slotAt }) => new Date(slotAt).toISOString().slice(0, 10))).toEqual([
      '2026-02-01',
      '2026-03-01',
      '2026-04-01',
      '2026-05-01',
    ])
    expect(verdicts.map(({ samples, excluded }) => samples + (excluded['same_conversation'] ?? 0))).toEqual(
      [31 * 24, 28 * 24, 31 * 24, 30 * 24].map((calls) => Math.min(calls, 500)),
    )
  })
})

describe('an agent that is paused', () => {
  test('runs no slot and is shown as paused, its neighbour goes on; what was missed is made up for afterwards', async () => {
    const to = MONDAY + 4 * DAY
    const schedule = { cadence: 'daily', at: '00:00' }
    const disk = diskOf(schedule)
    const service = await lived(disk, ['triage', 'other'], { from: MONDAY, to })
    await service.runDue(MONDAY + DAY + HOUR)
    const paused = serviceOnDisk({
      ...disk.config,
      agents: { ...disk.config.agents, triage: withPause(disk) },
    })
    disks.push(paused)
    paused.now = to + HOUR
    const resting = await paused.open()
    expect((await resting.runDue(paused.now)).map(({ agent }) => agent)).toEqual(['other', 'other', 'other'])
    expect(await resting.verdicts('triage', 10)).toHaveLength(1)
    const { body } = await resting.metrics()
    const shown = body.split('\n').filter((line) => /^tidemark_agent_mode\{.*"paused".* 1$/u.test(line))
    expect(shown).toHaveLength(1)
    expect(shown[0]).toContain('gen_ai_agent_name="triage"')
    const again = await service.runDue(to + HOUR)
    expect(again.map(({ agent, slotAt, samples }) => [agent, (slotAt - MONDAY) / DAY, samples])).toEqual([
      ['triage', 2, 24],
      ['triage', 3, 24],
      ['triage', 4, 24],
    ])
  })
})

function withPause({ config }: ServiceOnDisk) {
  const { triage } = config.agents
  if (triage === undefined) throw new Error('no agent')
  return { ...triage, schedule: { ...triage.schedule, paused: true } }
}
