import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DAY, dayOfCalls, MONDAY } from '../call-records.ts'
import { liveThrough, serviceOnDisk, store, withBaseline, type ServiceOnDisk } from './service-on-disk.ts'

const GOOD = { calls: 100, invalidEvery: 25 }
const BROKEN = { calls: 100, invalidEvery: 2, model: 'm-4-2026-08-01' }

let disk: ServiceOnDisk
beforeEach(() => {
  disk = serviceOnDisk()
})
afterEach(() => disk.remove())

describe('the run of a slot', () => {
  test('ends in drift with onset, cause, examples and an incident when the model breaks', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    for (let day = 1; day <= 5; day++) {
      await liveThrough(disk, service, day, day === 5 ? BROKEN : GOOD)
      await service.runDue(disk.now)
    }
    const verdict = await service.verdict('triage')
    expect(verdict).toMatchObject({
      verdict: 'drift',
      slotAt: MONDAY + 5 * DAY,
      onset: { at: MONDAY + 4 * DAY },
      incident: { severity: 'page', openedSlotAt: MONDAY + 5 * DAY },
    })
    expect(verdict?.causes[0]).toMatchObject({ kind: 'model', change: 'm-4-2026-05-01 to m-4-2026-08-01' })
    expect(verdict?.examples.current[0]).toMatchObject({ outputShape: 'json_fenced', responseModel: 'm-4-2026-08-01' })
    expect(verdict?.examples.baseline[0]).toMatchObject({ outputShape: 'json' })
    expect(await service.incidents('triage')).toMatchObject([
      { state: 'open', severity: 'page', onsetAt: MONDAY + 5 * DAY },
    ])
  })

  test('happens once, however often it is asked for', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    await liveThrough(disk, service, 1, GOOD)
    await liveThrough(disk, service, 2, GOOD)
    const verdicts = (await Promise.all([1, 2, 3].map(() => service.runDue(disk.now)))).flat()
    expect(verdicts.map(({ slotAt }) => slotAt)).toEqual([MONDAY + DAY, MONDAY + 2 * DAY])
    expect(await (await disk.open()).runDue(disk.now)).toEqual([])
  })

  test('needs no memory of its own: another service goes on with the same evidence', async () => {
    const first = await disk.open()
    await withBaseline(disk, first)
    for (let day = 1; day <= 6; day++) {
      await liveThrough(disk, first, day, { calls: 100, invalidEvery: 20 })
      await (day <= 3 ? first : await disk.open()).runDue(disk.now)
    }
    const other = serviceOnDisk()
    const alone = await other.open()
    await withBaseline(other, alone)
    for (let day = 1; day <= 6; day++) {
      await liveThrough(other, alone, day, { calls: 100, invalidEvery: 20 })
      await alone.runDue(other.now)
    }
    const evidence = (verdicts: Awaited<ReturnType<typeof first.verdicts>>): unknown =>
      verdicts.map(({ detectors, slotAt }) => ({ slotAt, detectors }))
    expect(evidence(await first.verdicts('triage', 10))).toEqual(evidence(await alone.verdicts('triage', 10)))
    await other.remove()
  })

  test('catches up after a pause, in order, and does not go back further than configured', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    for (let day = 1; day <= 40; day++) await liveThrough(disk, service, day, { calls: 20, invalidEvery: 0 })
    const slots = (await service.runDue(disk.now)).map(({ slotAt }) => (slotAt - MONDAY) / DAY)
    expect(slots).toEqual(Array.from({ length: 31 }, (_, i) => i + 10))
  })

  test('never compares the baseline with itself', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    expect(await service.runDue(MONDAY)).toEqual([])
    await liveThrough(disk, service, 1, GOOD)
    expect((await service.runDue(disk.now)).map(({ windowStart }) => windowStart)).toEqual([MONDAY])
  })

  test('without a baseline says so, and with fewer than ten calls that it has too little', async () => {
    const service = await disk.open()
    await store(service, dayOfCalls(MONDAY, { calls: 60, invalidEvery: 0 }))
    disk.now = MONDAY + DAY
    expect(await service.runDue(disk.now)).toMatchObject([{ verdict: 'no_baseline', samples: 60 }])
    await service.freezeBaseline({ agent: 'triage', from: MONDAY, to: MONDAY + DAY })
    await liveThrough(disk, service, 2, { calls: 5, invalidEvery: 0 })
    expect(await service.runDue(disk.now)).toMatchObject([{ verdict: 'insufficient_data', samples: 5 }])
  })

  test('counts only one call of a conversation, and none of one that was in the baseline', async () => {
    const service = await disk.open()
    const chat = (start: number, id: string): ReturnType<typeof dayOfCalls> =>
      dayOfCalls(start, { calls: 60, invalidEvery: 0 }).map((entry, i) => ({
        ...entry,
        call: { ...entry.call, conversationId: i < 10 ? id : null },
      }))
    await store(service, chat(MONDAY - DAY, 'old'))
    await service.freezeBaseline({ agent: 'triage', from: MONDAY - DAY, to: MONDAY })
    await store(service, chat(MONDAY, 'old'))
    expect(await service.runDue(MONDAY + DAY)).toMatchObject([
      { samples: 50, excluded: { conversation_seen_before: 10 } },
    ])
    await store(service, chat(MONDAY + DAY, 'new'))
    expect(await service.runDue(MONDAY + 2 * DAY)).toMatchObject([{ samples: 51, excluded: { same_conversation: 9 } }])
  })
})

describe('an agent', () => {
  test('is in shadow for its first 14 informative runs, then in the configured mode', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    const modes: (string | undefined)[] = []
    for (let day = 1; day <= 16; day++) {
      await liveThrough(disk, service, day, { calls: 20, invalidEvery: 0 })
      await service.runDue(disk.now)
      modes.push((await service.verdict('triage'))?.mode)
    }
    expect(modes).toEqual([...Array.from({ length: 14 }, () => 'shadow'), 'live', 'live'])
  })

  test('stays in shadow through slots without calls, which tell nothing', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    await liveThrough(disk, service, 20, { calls: 20, invalidEvery: 0 })
    expect(await service.runDue(disk.now)).toHaveLength(20)
    expect((await service.verdict('triage'))?.mode).toBe('shadow')
  })
})

describe('records that are imported', () => {
  const importing = async (record: object): Promise<unknown> => {
    const service = await disk.open()
    async function* lines(): AsyncGenerator<string> {
      yield JSON.stringify(record)
    }
    return await service.importRecords(lines(), () => undefined)
  }
  const call = { type: 'call', agent: 'triage', startedAt: MONDAY, latencySeconds: 1 }

  test.each([
    ['of an agent that is not configured', { ...call, agent: 'stranger' }, /stranger/u],
    ['of an agent that is called as a property of every object', { ...call, agent: 'constructor' }, /constructor/u],
    ['older than the retention', { ...call, startedAt: 1 }, /1970-01-01.*retentionDays/u],
    ['in the future', { ...call, startedAt: Date.UTC(2100, 0, 1) }, /2100-01-01.*future/u],
  ])('%s are refused with the value', async (_, record, message) => {
    await expect(importing(record)).rejects.toThrow(message)
    await expect(importing(record)).rejects.toMatchObject({ code: 'import_invalid' })
  })
})

describe('an incident', () => {
  test('goes from open over acknowledged to fixed, and the detector goes on after it', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    await liveThrough(disk, service, 1, BROKEN)
    await service.runDue(disk.now)
    const [incident] = await service.incidents('triage')
    const id = incident?.id ?? ''
    expect(await service.resolveIncident(id, 'acknowledge', 'ada')).toMatchObject({ state: 'acknowledged', by: 'ada' })
    await expect(service.resolveIncident(id, 'acknowledge', 'ada')).rejects.toMatchObject({ code: 'argument_invalid' })
    await liveThrough(disk, service, 2, GOOD)
    expect(await service.runDue(disk.now)).toMatchObject([{ verdict: 'drift' }])
    expect(await service.resolveIncident(id, 'fixed', 'ada')).toMatchObject({ state: 'fixed' })
    await liveThrough(disk, service, 3, GOOD)
    expect(await service.runDue(disk.now)).toMatchObject([{ verdict: 'stable' }])
  })

  test('is accepted by a new baseline, whose watch starts anew', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    for (let day = 1; day <= 3; day++) {
      await liveThrough(disk, service, day, BROKEN)
      await service.runDue(disk.now)
    }
    await service.freezeBaseline({ agent: 'triage', from: MONDAY, to: disk.now, replace: true })
    expect(await service.incidents('triage')).toMatchObject([{ state: 'accepted' }])
    await liveThrough(disk, service, 4, BROKEN)
    expect(await service.runDue(disk.now)).toMatchObject([{ verdict: 'stable', baseline: { version: 2 } }])
  })

  test('that nobody knows is refused with its name', async () => {
    const service = await disk.open()
    await expect(service.resolveIncident('nope', 'fixed', 'ada')).rejects.toThrow(/no incident nope/u)
  })
})

describe('freezing a baseline', () => {
  test('twice needs --replace, which makes version 2', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    const again = { agent: 'triage', from: MONDAY - DAY, to: MONDAY }
    await expect(service.freezeBaseline(again)).rejects.toMatchObject({ code: 'baseline_exists' })
    expect(await service.freezeBaseline({ ...again, replace: true })).toMatchObject({ version: 2 })
  })

  test('of an empty window, of a window that ends before it starts, and of an unknown agent is refused', async () => {
    const service = await disk.open()
    await expect(service.freezeBaseline({ agent: 'triage', from: 0, to: DAY })).rejects.toMatchObject({
      code: 'window_empty',
    })
    await expect(service.freezeBaseline({ agent: 'triage', from: DAY, to: 0 })).rejects.toMatchObject({
      code: 'window_invalid',
    })
    await expect(service.freezeBaseline({ agent: 'other', from: 0, to: DAY })).rejects.toMatchObject({
      code: 'agent_unknown',
    })
  })

  test('takes a uniform sample of the window when asked for fewer', async () => {
    const service = await disk.open()
    await store(service, dayOfCalls(MONDAY - DAY, { calls: 300, invalidEvery: 25 }))
    const baseline = await service.freezeBaseline({ agent: 'triage', from: MONDAY - DAY, to: MONDAY, samples: 100 })
    expect(baseline).toMatchObject({ samples: 100, warnings: [expect.stringContaining('100 examples')] })
  })
})

describe('records', () => {
  test('that are imported twice are there once, and an export is an import of the same records', async () => {
    const service = await disk.open()
    const calls = dayOfCalls(MONDAY, { calls: 30, invalidEvery: 3 })
    await store(service, calls)
    await store(service, calls)
    const lines = await Array.fromAsync(service.exportRecords('triage', { from: 0, to: MONDAY + 7 * DAY }))
    expect(lines).toHaveLength(60)
    const other = serviceOnDisk()
    const copy = await other.open()
    async function* all(): AsyncGenerator<string> {
      yield* lines
    }
    expect(await copy.importRecords(all(), () => undefined)).toEqual({ lines: 60, inserted: 60 })
    expect(await Array.fromAsync(copy.exportRecords('triage', { from: 0, to: MONDAY + 7 * DAY }))).toEqual(lines)
    await other.remove()
  })
})
