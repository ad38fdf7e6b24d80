import { describe, expect, it } from 'vitest'
import { logCellFactor } from '../detector/cell-factor.ts'
import { recalibrateEnds } from '../detector/overdispersion.ts'
import { slopes } from '../detector/slope.ts'
import { logNormalInterval } from '../special/normal.ts'
import { golden, isWithin } from '../golden.ts'
import { binaryCell } from './binary-z.ts'
import { hypergeometric } from './hypergeometric.ts'
import { mergeMoments } from './moments.ts'
import { scoreZ } from './score-z.ts'
import { shapeChiSquare, shapeZ } from './shape-z.ts'
import { rankTransform, shapeBin, shapeCuts } from './transforms.ts'

const binary = golden('binary-z')
const score = golden('score-z')
const special = golden('special')

const tolerance = { abs: 1e-9, rel: 1e-9 }
const within = (actual: number | null | undefined, expected: number | null, allowed = tolerance): void => {
  if (actual === null || actual === undefined || expected === null) return expect(actual).toBe(expected)
  expect(isWithin(actual, expected, allowed), `${actual} against ${expected}`).toBe(true)
}
const moments = ([n, mean, m2]: [number, number, number]) => ({ n, mean, m2 })
const firstSlope = (today: number[], reference: number[]): number | undefined =>
  slopes(Float64Array.from(today), Float64Array.from(reference), [Float64Array.from(reference)])[0]

describe('golden daily z of binary metrics', () => {
  it.each(special.hyperPmf)('hypergeometric law of $n of $N with $A successes', ({ N, A, n, lo, pmf }) => {
    const law = hypergeometric(N, A, n)
    expect(law.lowest).toBe(lo)
    expect(law.probabilities.length).toBe(pmf.length)
    pmf.forEach((probability, k) => within(law.probabilities[k], probability, { abs: 1e-14, rel: 1e-10 }))
  })
  it.each(binary.cases)('$name', ({ strata, informative, below, f, above, za, zb, zMid, slope, factors }) => {
    const today = Float64Array.from(strata.flatMap(([n, x]) => [n, x]))
    const reference = Float64Array.from(strata.flatMap(([, , n, x]) => [n, x]))
    const cell = binaryCell(today, reference)
    within(
      firstSlope(
        strata.map(([n]) => n),
        strata.map(([, , m]) => m),
      ),
      slope,
    )
    if (!informative) return expect(cell).toBeNull()
    within(cell?.below, below)
    within(cell?.at, f)
    within(cell?.above, above)
    within(cell?.low, za)
    within(cell?.high, zb)
    within(cell?.z, zMid)
    for (const { phi, nu, d, logFactor } of factors) {
      const ends = recalibrateEnds(cell!.low, cell!.high, { phi, nu }, d > 0 ? 1 : -1)
      within(logCellFactor(ends.low, ends.high, logNormalInterval(ends.low, ends.high), d * slope), logFactor)
    }
  })
})

describe('golden daily z of score metrics', () => {
  it.each(score.score)('$name', ({ strata, z, slope }) => {
    const today = Float64Array.from(strata.flatMap(([now]) => now))
    const reference = Float64Array.from(strata.flatMap(([, before]) => before))
    within(scoreZ(today, reference), z)
    within(
      firstSlope(
        strata.map(([now]) => now[0]),
        strata.map(([, before]) => before[0]),
      ),
      slope,
    )
  })
  it.each(score.shape)('shape: $name', ({ strata, X2, df, z }) => {
    const bins = strata[0]![0].length
    const today = Float64Array.from(strata.flatMap(([now]) => now))
    const reference = Float64Array.from(strata.flatMap(([, before]) => before))
    const { chiSquare, degreesOfFreedom } = shapeChiSquare(today, reference, bins)
    within(chiSquare, X2)
    expect(degreesOfFreedom).toBe(df)
    within(shapeZ(today, reference, bins), z)
  })
  it('mid-ranks in the frozen baseline', () => {
    const rank = rankTransform(score.rank.baseline)
    score.rank.x.forEach((x, i) => within(rank(x), score.rank.u[i]!))
  })
  it.each(score.cuts)('type-7 quintiles and bins', ({ baseline, cuts, bins }) => {
    const actual = shapeCuts(baseline)
    cuts.forEach((cut, i) => within(actual[i], cut))
    const distinct = [...new Set(baseline)].sort((a, b) => a - b)
    expect(distinct.map((x) => shapeBin(actual, x))).toEqual(bins)
  })
  it.each(score.merge)('merge of $a and $b', ({ a, b, r }) => {
    const merged = mergeMoments(moments(a), moments(b))
    expect(merged.n).toBe(r[0])
    within(merged.mean, r[1])
    within(merged.m2, r[2])
  })
})
