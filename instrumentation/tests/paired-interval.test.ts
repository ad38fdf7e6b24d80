import { describe, expect, it } from 'vitest'
import { pairedInterval } from '../bench/paired-interval.ts'

describe('the interval of paired differences', () => {
  // Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, table 3.1: Hamilton depression scale, after less before
  const HAMILTON = [-0.952, 0.147, -1.022, -0.43, -0.62, -0.59, -0.49, 0.08, -0.01]

  it('has the Hodges-Lehmann estimate of the textbook in its middle', () => {
    expect(pairedInterval(HAMILTON).estimate).toBeCloseTo(-0.46, 3)
  })

  it('is bounded by the means of two that the signed-rank test names', () => {
    // n = 9: the fifth smallest and the fifth largest of the 45 means of two
    const means = HAMILTON.flatMap((first, index) => HAMILTON.slice(index).map((second) => (first + second) / 2))
    const ordered = means.toSorted((a, b) => a - b)
    const { low, high } = pairedInterval(HAMILTON)
    expect({ low, high }).toEqual({ low: ordered[4], high: ordered[40] })
  })

  it('moves with a constant and turns with the sign', () => {
    const { estimate, low, high } = pairedInterval(HAMILTON)
    const moved = pairedInterval(HAMILTON.map((difference) => difference + 10))
    expect(moved.estimate).toBeCloseTo(estimate + 10)
    expect(moved.high).toBeCloseTo(high + 10)
    const turned = pairedInterval(HAMILTON.map((difference) => -difference))
    expect(turned.estimate).toBeCloseTo(-estimate)
    expect([turned.low, turned.high]).toEqual([-high, -low])
  })

  it('is hardly moved by one round that somebody has disturbed', () => {
    const calm = Array.from({ length: 40 }, (_, index) => 20 + (index % 5))
    const disturbed = [...calm.slice(1), 100_000]
    expect(pairedInterval(disturbed).estimate - pairedInterval(calm).estimate).toBeLessThan(0.5)
    expect(pairedInterval(disturbed).high).toBeLessThan(24)
  })

  it('holds the middle in 95 of 100 samples', () => {
    const random = seeded(7)
    let held = 0
    for (let sample = 0; sample < 1000; sample++) {
      // long tails, symmetric about 5
      const differences = Array.from({ length: 40 }, () => 5 + exponential(random) - exponential(random))
      const { low, high } = pairedInterval(differences)
      if (low <= 5 && high >= 5) held++
    }
    expect(held).toBeGreaterThan(930)
    expect(held).toBeLessThan(970)
  })

  it('of one difference is that difference, and of none is no number', () => {
    expect(pairedInterval([3])).toEqual({ estimate: 3, low: 3, high: 3 })
    expect(pairedInterval([]).estimate).toBeNaN()
  })
})

function exponential(random: () => number): number {
  return -Math.log(1 - random())
}

/** Lehmer's generator: the same samples for the same seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}
