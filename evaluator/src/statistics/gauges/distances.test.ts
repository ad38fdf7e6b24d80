import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { golden, isWithin } from '../golden.ts'
import { jensenShannon, psi, wasserstein } from './distances.ts'

const { tolerance, gauges, wasserstein: pairs } = golden('estimates')
const within = (actual: number, expected: number): void =>
  expect(isWithin(actual, expected, tolerance), `${actual} against ${expected}`).toBe(true)

describe('gauges', () => {
  it.each(gauges)('golden distances of $c0 and $c1', ({ c0, c1, js, psi: index }) => {
    within(jensenShannon(c0, c1), js)
    within(psi(c0, c1), index)
  })
  it.each(pairs)('golden Wasserstein distance', ({ x, y, w }) => within(wasserstein(x, y), w))
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
  ])('histograms that cannot be compared are refused (%#)', (call) =>
    expect(call).toThrow(expect.objectContaining({ code: 'statistics_argument_invalid' })),
  )
})
