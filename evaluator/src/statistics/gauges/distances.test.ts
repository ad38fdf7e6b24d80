import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { golden, isWithin } from '../golden.ts'
import { jensenShannon, psi, psiWithoutChange, wasserstein } from './distances.ts'

const { tolerance, gauges, wasserstein: pairs } = golden('estimates')
const within = (actual: number, expected: number): void =>
  expect(isWithin(actual, expected, tolerance), `${actual} against ${expected}`).toBe(true)

describe('gauges', () => {
  it.each(gauges)('golden distances of $c0 and $c1', ({ c0, c1, js, psi: index }) => {
    within(jensenShannon(c0, c1), js)
    within(psi(c0, c1), index)
  })
  it.each(pairs)('golden Wasserstein distance', ({ x, y, w }) => within(wasserstein(x, y), w))
  it('the stability index of ten bins passes 0.2 on one day in nine without any change', () => {
    const sizes = { itemsBefore: 250, itemsAfter: 100, bins: 10 }
    expect(psiWithoutChange(sizes).mean).toBeCloseTo(0.126, 12)
    expect(psiWithoutChange(sizes, 0.89).upper).toBeCloseTo(0.2, 2)
    expect(psiWithoutChange(sizes, 0.95).upper).toBeCloseTo(0.014 * 16.918978, 7)
  })
  it('a shift of a sample is its Wasserstein distance', () => {
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(values, fc.integer({ min: -20, max: 20 }), (sample, shift) => {
        expect(
          wasserstein(
            Object.freeze(sample),
            sample.map((x) => x + shift),
          ),
        ).toBeCloseTo(Math.abs(shift), 10)
      }),
    )
  })
  it.each([
    () => psi([1, 2], [1]),
    () => jensenShannon([0, 0], [1, 2]),
    () => jensenShannon([-1, 2], [1, 2]),
    () => wasserstein([], [1]),
    () => psiWithoutChange({ itemsBefore: 0, itemsAfter: 10, bins: 5 }),
  ])('histograms that cannot be compared are refused (%#)', (call) =>
    expect(call).toThrow(expect.objectContaining({ code: 'statistics_argument_invalid' })),
  )
})
