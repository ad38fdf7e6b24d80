import { assert, double, property } from 'fast-check'
import { expect, test } from 'vitest'
import { decadeTicks, evidenceScale } from './log-scale.ts'

test('thresholds stay in the middle of the axis however large the evidence grows', () => {
  const { top, positionOf } = evidenceScale([1e300], [366, 31])
  expect(top).toBe(1e6)
  expect(positionOf(366)).toBeGreaterThan(0.4)
  expect(positionOf(1e300)).toBe(1)
})

test('quiet evidence leaves room above the threshold', () => {
  expect(evidenceScale([0.5, 2], [366]).top).toBe(1e4)
})

test('evidence of nothing lies at the bottom', () => {
  const { positionOf } = evidenceScale([0], [366])
  expect(positionOf(0)).toBe(0)
  expect(positionOf(-1)).toBe(0)
})

test('more evidence is never drawn lower', () => {
  const { positionOf } = evidenceScale([1e5], [366])
  const evidence = double({ min: 0, max: 1e300, noNaN: true })
  assert(
    property(evidence, evidence, (a, b) => {
      expect(Math.sign(positionOf(b) - positionOf(a)) * Math.sign(b - a)).toBeGreaterThanOrEqual(0)
    }),
  )
})

test.each([
  [[366], [0.1, 1, 10, 100, 1000, 10_000]],
  [[1e9], [0.1, 10, 1000, 1e5, 1e7, 1e9]],
])('thresholds %j have at most six ticks, each a power of ten', (thresholds, ticks) => {
  const found = decadeTicks(evidenceScale([], thresholds))
  expect(found.length).toBeLessThanOrEqual(6)
  expect(found.slice(0, ticks.length).map((tick) => Number(tick.toPrecision(3)))).toEqual(ticks)
})
