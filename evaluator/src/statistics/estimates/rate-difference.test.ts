import { describe, expect, it } from 'vitest'
import { rateDifference } from './rate-difference.ts'

describe('the difference of two rates', () => {
  it('has the limits of the table of Newcombe (1998), method 10', () => {
    // 56/70 - 48/80, 9/10 - 3/10, 10/10 - 0/10: Table II of the paper
    const table = [
      [56, 70, 48, 80, 0.0524, 0.3339],
      [9, 10, 3, 10, 0.1705, 0.809],
      [10, 10, 0, 10, 0.6075, 1],
    ] as const
    for (const [x, n, y, m, lower, upper] of table) {
      const found = rateDifference({ x, n }, { x: y, n: m })
      expect(found?.lower).toBeCloseTo(lower, 4)
      expect(found?.upper).toBeCloseTo(upper, 4)
    }
  })

  it('is unknown where a sample is empty', () => {
    expect(rateDifference({ x: 0, n: 0 }, { x: 1, n: 2 })).toBeUndefined()
  })
})
