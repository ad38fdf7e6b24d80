import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { recordedComparisons, runRecorded } from '../evaluator/bench/recorded-harness.ts'
import { recordedData } from './recorded-data.ts'

const calls = recordedData('function-calls')
const tickets = recordedData('ticket-classification')
const folder = mkdtempSync(join(tmpdir(), 'tidemark-recorded-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(calls === undefined || tickets === undefined)('the harness on recordings', () => {
  const comparisons = recordedComparisons(dirname(calls ?? ''))

  test('shows that calls of one function flatter: the gap to all categories, with its interval, and the segments that fall short', async () => {
    const [comparison] = comparisons
    if (comparison === undefined) throw new Error('no comparison')
    const report = await runRecorded(comparison, join(folder, 'calls'))
    // the whole population's rates, which the sample stands for
    const all = comparison.real.filter(({ isCorrect }) => isCorrect[0]).length / comparison.real.length
    expect(report.real.total.judged).toBe(250)
    expect(report.real.total.lower).toBeLessThan(all)
    expect(report.real.total.upper).toBeGreaterThan(all)
    expect(report.demo?.total.rate).toBeGreaterThan(0.85)
    expect(report.gap?.lower).toBeGreaterThan(0.1)
    expect(report.gap?.upper).toBeLessThan(0.35)
    expect(report.real.segments.map(({ segment }) => segment).toSorted()).toEqual([
      'multiple',
      'parallel',
      'parallel_multiple',
      'relevance',
      'simple',
    ])
    expect(report.readiness.verdict).toBe('not_ready')
    expect(report.readiness.reasons.join(' ')).toMatch(/demo set flatters.*Segment relevance passes/u)
  })

  test('of a curated set alone is not decided: too few, and no real inputs beside it', async () => {
    const comparison = comparisons.at(-1)
    if (comparison === undefined) throw new Error('no comparison')
    const report = await runRecorded(comparison, join(folder, 'tickets'))
    expect(report).toMatchObject({
      gap: null,
      flaky: { of: 41 },
      real: { examples: 41, calls: 123, total: { passed: 39 } },
    })
    expect(report.readiness.verdict).toBe('undecided')
  })
})
