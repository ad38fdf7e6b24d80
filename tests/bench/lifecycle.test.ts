import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordedPairs } from '../../evaluator/bench/sentinel/recorded-cases.ts'
import type { LifecycleReport } from '../../evaluator/bench/lifecycle/lifecycle-report.ts'
import { recordedData } from '../recorded-data.ts'
import { writeRecordings } from './synthetic-recordings.ts'

const folder = mkdtempSync(join(tmpdir(), 'lifecycle-'))
afterAll(() => rmSync(folder, { recursive: true }))

function lifecycle(data: string): LifecycleReport {
  const json = join(folder, 'out.json')
  execFileSync(process.execPath, ['evaluator/bench/lifecycle.ts', '--quick', '--data', data, '--json', json])
  return JSON.parse(readFileSync(json, 'utf8'))
}

describe('bench:lifecycle on recordings of other models', () => {
  let report: LifecycleReport
  beforeAll(() => {
    writeRecordings(folder)
    report = lifecycle(folder)
  }, 120_000)

  test('tells of releases, the first day and a canary', () => {
    expect(report.announcedReleases).toMatchObject({ pagesPerYear: expect.any(Number), breakingFoundDays: 1, years: 4 })
    expect(report.firstDayChange).toMatchObject({ worstMedianDays250: 1, worstMedianDays50: 1, detectorMedianDays: 1 })
    expect(report.canary).toMatchObject({ controlVerdict: 'stable', named: 5, agents: 5 })
    expect(report.canary.days).toBeLessThanOrEqual(2)
  })

  test('the gate stops what breaks, and never what changes nothing', () => {
    expect(report.announcedReleases.gateOfBreaking.fail).toBe(1)
    expect(report.announcedReleases.gateOfHarmless.fail).toBe(0)
  })
})

const data = recordedData('function-calls')
describe.skipIf(data === undefined)('bench:lifecycle on recorded updates', () => {
  test('finds every pair that loses 4 points in a median of 3 days at 250 inputs, 8 at 50; a canary in 2', () => {
    const report = lifecycle(join(data ?? '', '..'))
    const losing = recordedPairs(data ?? '').filter(({ lostPoints }) => lostPoints >= 4)
    expect(report.firstDayChange.pairs).toHaveLength(losing.length)
    expect(report.firstDayChange.worstMedianDays250).toBeLessThanOrEqual(3)
    expect(report.firstDayChange.worstMedianDays50).toBeLessThanOrEqual(8)
    expect(report.announcedReleases.pagesPerYear).toBeLessThanOrEqual(0.25)
    expect(report.announcedReleases.breakingFoundDays).toBeLessThanOrEqual(3)
    expect(report.canary.days).toBeLessThanOrEqual(2)
    expect(report.canary.controlVerdict).toBe('stable')
  }, 240_000)
})
