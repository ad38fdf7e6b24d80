import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { VerdictRecord } from '../../src/domain/verdict.ts'
import type { Service } from '../../src/service.ts'
import { DAY, MONDAY } from '../call-records.ts'
import { liveThrough, serviceOnDisk, withBaseline, type ServiceOnDisk } from './service-on-disk.ts'

const GOOD = { calls: 100, invalidEvery: 25 }
const BROKEN = { calls: 100, invalidEvery: 2 }
/** The agent breaks at the start of this day. */
const BREAKS_AT = MONDAY + 6 * DAY

let disk: ServiceOnDisk
let service: Service
beforeEach(async () => {
  disk = serviceOnDisk()
  service = await disk.open()
  await withBaseline(disk, service)
})
afterEach(() => disk.remove())

async function live(days: readonly number[]): Promise<void> {
  for (const day of days) {
    await liveThrough(disk, service, day, MONDAY + (day - 1) * DAY < BREAKS_AT ? GOOD : BROKEN)
    await service.runDue(disk.now)
  }
}

async function tell(change: { kind: string; value: string; at: number; by?: string; link?: string }): Promise<boolean> {
  const body = { agent: 'triage', ...change, at: new Date(change.at).toISOString() }
  return (await service.acceptChange(body, () => true)).isNew
}

async function newest(): Promise<VerdictRecord> {
  const verdict = await service.verdict('triage')
  if (verdict === undefined) throw new Error('there is no verdict')
  return verdict
}

/** Everything of a verdict that observations decide. */
function observed({ causes: _causes, changes: _changes, summary: _summary, ...rest }: VerdictRecord): unknown {
  return rest
}

const UPLOAD = { kind: 'data', value: 'prices 2026-09', at: BREAKS_AT + 3_600_000, by: 'nightly upload' }

describe('a change that somebody tells of', () => {
  test('before its slot runs is the first cause of the drift that begins with it', async () => {
    await live([1, 2, 3, 4, 5, 6])
    await tell(UPLOAD)
    await live([7, 8])
    const verdict = await newest()
    expect(verdict).toMatchObject({ verdict: 'drift', causes: [{ kind: 'data', change: 'prices 2026-09' }, {}] })
    expect(verdict.causes[0]?.probability).toBeGreaterThan(0.8)
    expect(verdict.summary).toContain('It coincides with a change of data: prices 2026-09')
    expect((await service.metrics()).body).toMatch(/tidemark_change_info\{[^}]*kind="data"[^}]*value="prices 2026-09"/u)
  })

  test('after the page ranks the causes of the stored verdicts again, and touches no evidence', async () => {
    await live([1, 2, 3, 4, 5, 6, 7, 8])
    const before = await service.verdicts('triage', 10)
    expect(before.at(-1)).toMatchObject({ verdict: 'drift', causes: [{ kind: 'none' }] })
    expect(before.at(-1)?.summary).toContain('No recorded event coincides with it.')
    expect(await tell(UPLOAD)).toBe(true)
    const after = await service.verdicts('triage', 10)
    expect(after.map(observed)).toEqual(before.map(observed))
    expect(after.at(-1)).toMatchObject({ causes: [{ kind: 'data' }, { kind: 'none' }] })
    expect(after.at(-1)?.summary).toContain('It coincides with a change of data: prices 2026-09')
    expect(await service.recompute('triage')).toMatchObject({ isEqual: true, differing: [] })
  })

  test('told twice is one, and what was ranked stays as it is', async () => {
    await live([1, 2, 3, 4, 5, 6, 7, 8])
    await tell(UPLOAD)
    const once = await service.verdicts('triage', 10)
    expect(await tell(UPLOAD)).toBe(false)
    expect(await service.verdicts('triage', 10)).toEqual(once)
  })

  test('far from the onset, or later than a slot, is no cause of it', async () => {
    await live([1, 2, 3, 4, 5, 6, 7, 8])
    await tell({ kind: 'deploy', value: 'build 1', at: MONDAY + 3_600_000 })
    await tell({ kind: 'config', value: 'later', at: disk.now + 3_600_000 })
    await tell({ kind: 'config', value: 'of the baseline', at: MONDAY - 3_600_000 })
    const verdict = await newest()
    expect(verdict.causes[0]).toMatchObject({ kind: 'none' })
    expect(verdict.causes.find(({ kind }) => kind === 'deploy')?.probability).toBeLessThan(0.05)
    expect(verdict.changes.map(({ value }) => value)).toEqual(['build 1'])
    expect(verdict.causes.map(({ change }) => change)).not.toContain('later')
  })

  test('of a kind that changes all the time explains nothing', async () => {
    await live([1, 2, 3, 4, 5, 6, 7, 8])
    for (let build = 0; build < 6; build++)
      await tell({ kind: 'deploy', value: `build ${build}`, at: BREAKS_AT + build * 3_600_000 })
    expect((await newest()).causes).toMatchObject([{ kind: 'none' }])
  })
})

describe('the list of changes', () => {
  test('has what spans show and what was told, and a change of both once', async () => {
    await live([1, 2, 3, 4, 5, 6])
    disk.now = MONDAY + 7 * DAY
    await liveThrough(disk, service, 7, { ...BROKEN, model: 'm-5' })
    await service.runDue(disk.now)
    await tell({ kind: 'model', value: 'm-5', at: BREAKS_AT, by: 'platform', link: 'https://changes.example/5' })
    await tell(UPLOAD)
    expect(await service.changes('triage', 0)).toEqual([
      {
        kind: 'model',
        from: 'm-4-2026-05-01',
        value: 'm-5',
        slotAt: MONDAY + 7 * DAY,
        at: BREAKS_AT,
        told: { by: 'platform', link: 'https://changes.example/5', isSeen: true },
      },
      {
        kind: 'data',
        from: null,
        value: 'prices 2026-09',
        slotAt: MONDAY + 7 * DAY,
        at: UPLOAD.at,
        told: { by: 'nightly upload', link: null, isSeen: false },
      },
    ])
  })
})
