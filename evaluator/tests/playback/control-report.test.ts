import { expect, test } from 'vitest'
import { controlLine, summaryOf, type Control } from '../../playback/control-report.ts'

const quiet = (seed: number): Control => ({
  seed,
  days: 365,
  pageDay: null,
  verdict: 'stable',
  calls: 36_750,
  seconds: 200,
})
const paged = (seed: number): Control => ({ ...quiet(seed), pageDay: 212, verdict: 'drift' })

test('a line says the seed and the day of the false page', () => {
  expect(controlLine(quiet(1))).toBe('seed 1: no page in 365 days, stable; 36750 calls in 200.0 s')
  expect(controlLine(paged(2))).toBe('seed 2: PAGE on day 212, drift; 36750 calls in 200.0 s')
})

test.each([
  [[quiet(1), quiet(2), quiet(3)], 'pages: 0 of 3', 0],
  [[quiet(1), paged(2), quiet(3)], 'pages: 1 of 3', 0],
  [[paged(1), quiet(2), paged(3)], 'pages: 2 of 3', 1],
])('one page may be, a second one fails: %#', (controls, line, exitCode) => {
  expect(summaryOf(controls)).toMatchObject({ line, exitCode })
})
