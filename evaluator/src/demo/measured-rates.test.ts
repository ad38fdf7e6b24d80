import { expect, test } from 'vitest'
import { formAt, fromQuantiles, MODEL_AFTER, MODEL_BEFORE } from './measured-rates.ts'

test.each([MODEL_BEFORE, MODEL_AFTER])('the forms of $model are shares of all its answers', ({ forms }) => {
  const sum = Object.values(forms).reduce((total, share) => total + share, 0)
  expect(sum).toBeCloseTo(1, 12)
})

test.each([MODEL_BEFORE, MODEL_AFTER])('the quantiles of $model rise', ({ latencyQuantiles, lengthQuantiles }) => {
  for (const quantiles of [latencyQuantiles, lengthQuantiles]) {
    expect(quantiles).toHaveLength(21)
    expect(quantiles).toEqual(quantiles.toSorted((left, right) => left - right))
  }
})

test('forms come up as often as they were measured', () => {
  const positions = Array.from({ length: 6000 }, (_, index) => (index + 0.5) / 6000)
  const counts = Object.groupBy(positions, (position) => formAt(MODEL_BEFORE.forms, position))
  expect(counts.fenced).toHaveLength(180)
  expect(counts.other_structure).toHaveLength(650)
  expect(counts.broken).toHaveLength(10)
  expect(counts.as_asked).toHaveLength(5160)
})

test('values between quantiles are interpolated', () => {
  expect(fromQuantiles([0, 10, 40], 0)).toBe(0)
  expect(fromQuantiles([0, 10, 40], 0.25)).toBe(5)
  expect(fromQuantiles([0, 10, 40], 0.75)).toBe(25)
  expect(fromQuantiles([0, 10, 40], 0.9999)).toBeCloseTo(40, 1)
})
