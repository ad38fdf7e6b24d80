import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binaryMomentZ, isLargeRun } from './binary-moments.ts'
import { binaryCell } from './binary-z.ts'
import {
  foldBinary,
  foldBins,
  foldCategories,
  foldMissing,
  foldMoments,
  replayStrata,
  type ScoredItem,
} from './fold.ts'
import { mergeMoments, momentsOf, sampleVariance } from './moments.ts'
import { scoreZ } from './score-z.ts'
import { shapeChiSquare, shapeZ } from './shape-z.ts'
import { quantileOfSorted, rankTransform, shapeCuts } from './transforms.ts'

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true })
const items = fc.array(
  fc.record({ stratum: fc.nat(4), value: fc.oneof(finite, fc.constantFrom(null, Number.NaN, Infinity)) }),
  { maxLength: 40 },
)

const mirror = (table: Float64Array): Float64Array =>
  table.map((value, i) => (i % 2 === 0 ? value : table[i - 1]! - value))

describe('folding items into statistics', () => {
  it('leaves missing scores out and counts them beside', () => {
    const scored: ScoredItem[] = [
      { stratum: 0, value: 1 },
      { stratum: 0, value: null },
      { stratum: 2, value: 0 },
      { stratum: 2, value: Number.NaN },
      { stratum: 2, value: 1 },
    ]
    expect(foldBinary(scored)).toEqual([
      { n: 1, x: 1 },
      { n: 0, x: 0 },
      { n: 2, x: 1 },
    ])
    expect(foldMissing(scored)).toEqual([
      { n: 2, x: 1 },
      { n: 0, x: 0 },
      { n: 3, x: 1 },
    ])
    expect(foldMoments(scored)).toEqual([
      { n: 1, mean: 1, m2: 0 },
      { n: 0, mean: 0, m2: 0 },
      { n: 2, mean: 0.5, m2: 0.5 },
    ])
    expect(foldBins(scored, [0.5])).toEqual([
      [0, 1],
      [0, 0],
      [1, 1],
    ])
    expect(replayStrata(scored, 'binary')).toEqual(foldBinary(scored))
  })
  it('does not depend on the order of the items inside a stratum', () => {
    fc.assert(
      fc.property(items, (scored) => {
        const reversed = scored.toReversed()
        const cuts = [-10, 0, 10]
        expect(foldBins(reversed, cuts)).toEqual(foldBins(scored, cuts))
        foldMoments(scored).forEach(({ n, mean, m2 }, stratum) => {
          const other = foldMoments(reversed)[stratum]!
          expect(other.n).toBe(n)
          expect(Math.abs(other.mean - mean)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(mean)))
          expect(Math.abs(other.m2 - m2)).toBeLessThanOrEqual(1e-9 * Math.max(1, m2))
        })
      }),
    )
  })
  it.each([
    () => foldBinary([{ stratum: 0, value: 0.5 }]),
    () => foldMoments([{ stratum: -1, value: 1 }]),
    () => foldMoments([{ stratum: 1.5, value: 1 }]),
    () => foldCategories([{ stratum: 0, value: 3 }], 3),
  ])('refuses what is no score of its kind (%#)', (call) =>
    expect(call).toThrow(expect.objectContaining({ code: 'statistics_argument_invalid' })),
  )
})

describe('moments', () => {
  it('of parts merge to those of the whole', () => {
    const sample = fc.array(finite, { maxLength: 20 })
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const merged = mergeMoments(momentsOf(a), momentsOf(b))
        const whole = momentsOf([...a, ...b])
        expect(merged.n).toBe(whole.n)
        expect(Math.abs(merged.mean - whole.mean)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(whole.mean)))
        expect(Math.abs(merged.m2 - whole.m2)).toBeLessThanOrEqual(1e-9 * Math.max(1, whole.m2))
      }),
    )
  })
  it('have no variance below two items', () => {
    expect(sampleVariance(momentsOf([3]))).toBeUndefined()
    expect(sampleVariance(momentsOf([3, 5]))).toBe(2)
  })
})

describe('the daily z', () => {
  it('of a binary metric turns its sign when successes and failures change places', () => {
    const strata = fc.array(fc.tuple(fc.nat(30), fc.nat(30), fc.nat(200), fc.nat(200)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(strata, (rows) => {
        const today = Float64Array.from(rows.flatMap(([a, b]) => [a + b, a]))
        const reference = Float64Array.from(rows.flatMap(([, , a, b]) => [a + b, a]))
        const cell = binaryCell(today, reference)
        const mirrored = binaryCell(mirror(today), mirror(reference))
        expect(mirrored === null).toBe(cell === null)
        if (cell === null) return
        expect(mirrored!.z).toBeCloseTo(-cell.z, 7)
        expect(mirrored!.low).toBeCloseTo(-cell.high, 7)
        expect(mirrored!.high).toBeCloseTo(-cell.low, 7)
        expect(cell.below + cell.at + cell.above).toBeCloseTo(1, 10)
      }),
    )
  })
  it('of a large run is close to the exact one, and only large runs with enough of each kind use it', () => {
    const today = Float64Array.of(600, 540, 300, 240)
    const reference = Float64Array.of(2000, 1820, 900, 750)
    expect(isLargeRun(today, reference)).toBe(true)
    expect(binaryMomentZ(today, reference)).toBeCloseTo(binaryCell(today, reference)!.z, 1)
    expect(isLargeRun(Float64Array.of(500, 450), Float64Array.of(1000, 900))).toBe(false)
    expect(isLargeRun(Float64Array.of(501, 450), Float64Array.of(1000, 900))).toBe(true)
    expect(isLargeRun(Float64Array.of(5000, 4990), Float64Array.of(1000, 970))).toBe(false)
    expect(isLargeRun(Float64Array.of(5000, 4500), Float64Array.of(0, 0))).toBe(false)
    expect(binaryMomentZ(Float64Array.of(10, 10), Float64Array.of(20, 20))).toBeNull()
  })
  it('of a score does not notice a pure change of the mix', () => {
    const reference = Float64Array.of(100, 1, 99, 100, 5, 99)
    expect(scoreZ(Float64Array.of(90, 1, 89, 10, 5, 9), reference)).toBeCloseTo(0, 12)
    expect(scoreZ(Float64Array.of(10, 1, 9, 90, 5, 89), reference)).toBeCloseTo(0, 12)
  })
  it('of a shape does not notice a pure change of the mix', () => {
    const reference = Float64Array.of(40, 40, 10, 10, 10, 10, 40, 40)
    expect(shapeZ(Float64Array.of(80, 80, 20, 20, 0, 0, 0, 0), reference, 4)).toBe(-40)
    expect(shapeZ(Float64Array.of(0, 0, 0, 0, 5, 5, 20, 20), reference, 4)).toBe(-40)
  })
  it('of a shape keeps bins that are almost, but not quite, determined by the others', () => {
    const today = Float64Array.of(50, 48, 0, 0, 2, 0, 0, 30, 31, 1)
    const reference = Float64Array.of(1000, 998, 0, 0, 2, 0, 0, 700, 698, 2)
    expect(shapeChiSquare(today, reference, 5).degreesOfFreedom).toBe(4)
  })
  it('is a number or null at the extremes, never NaN', () => {
    const size = fc.constantFrom(0, 1, 2, 50, 5000)
    fc.assert(
      fc.property(
        size,
        size,
        fc.double({ min: -1e100, max: 1e100, noNaN: true }),
        fc.double({ min: 0, max: 1e100, noNaN: true }),
        (n, m, mean, m2) => {
          const z = scoreZ(Float64Array.of(n, mean, n > 1 ? m2 : 0), Float64Array.of(m, 0, m > 1 ? 1 : 0))
          if (z !== null) expect(Math.abs(z)).toBeLessThanOrEqual(40)
        },
      ),
    )
  })
})

describe('transforms of the frozen baseline', () => {
  it('leave the baseline as it was', () => {
    const baseline = Object.freeze([3, 1, 2])
    expect(rankTransform(baseline)(2)).toBe(0.5)
    expect(shapeCuts(baseline)).toHaveLength(4)
  })
  it('interpolate quantiles', () => {
    expect(quantileOfSorted([0, 10], 0.25)).toBe(2.5)
    expect(quantileOfSorted([7], 0.9)).toBe(7)
  })
  it.each([[[]], [[1, Number.NaN]], [[Infinity]]])('refuse a baseline of %j', (baseline) => {
    const refused = expect.objectContaining({ code: 'statistics_baseline_invalid' })
    expect(() => rankTransform(baseline)).toThrow(refused)
    expect(() => shapeCuts(baseline)).toThrow(refused)
  })
})
