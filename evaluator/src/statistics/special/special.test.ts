import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { golden, isWithin } from '../golden.ts'
import { betaQuantile, logBeta, logIncompleteBeta } from './beta.ts'
import { logChiSquareLower, logChiSquareUpper, logGamma } from './gamma.ts'
import { logSumExp } from './log-sum-exp.ts'
import { logNormalCdf, logNormalInterval, normalCdf, normalQuantile, normalQuantileFromLog } from './normal.ts'
import { logStudentCdf, studentCdf, studentQuantile } from './student-t.ts'

const vectors = golden('special')

const value = { abs: 1e-14, rel: 1e-10 }
const log = { abs: 1e-9, rel: 1e-10 }
const quantile = { abs: 1e-9, rel: 0 }

function expectWithin(actual: number, expected: number, tolerance: { abs: number; rel: number }): void {
  expect(isWithin(actual, expected, tolerance), `${actual} against ${expected}`).toBe(true)
}

describe('golden vectors of the special functions', () => {
  it.each(vectors.normCdf)('Phi($x) and its logarithm', ({ x, cdf, logCdf }) => {
    expectWithin(normalCdf(x), cdf, value)
    expectWithin(logNormalCdf(x), logCdf, { abs: 1e-14, rel: 1e-13 })
  })
  it.each(vectors.normQuantile)('normal quantile of $p', ({ p, z }) => expectWithin(normalQuantile(p), z, quantile))
  it.each(vectors.normQuantileFromLog)('normal quantile of exp($lp)', ({ lp, z }) =>
    expectWithin(normalQuantileFromLog(lp), z, { abs: 1e-9, rel: 1e-12 }),
  )
  it.each(vectors.logGamma)('log gamma of $x', ({ x, v }) => expectWithin(logGamma(x), v, { abs: 1e-14, rel: 1e-13 }))
  it.each(vectors.studentT)('Student t at $t with $nu degrees', ({ t, nu, cdf, logCdf }) => {
    expectWithin(studentCdf(t, nu), cdf, value)
    expectWithin(logStudentCdf(t, nu), logCdf, log)
  })
  it.each(vectors.studentTQuantile)('Student t quantile of $p with $nu degrees', ({ p, nu, t }) =>
    expectWithin(studentQuantile(p, nu), t, value),
  )
  it.each(vectors.chi2Upper)('chi-square tail at $x with $df degrees', ({ x, df, p, logp }) => {
    expectWithin(Math.exp(logChiSquareUpper(x, df)), p, value)
    expectWithin(logChiSquareUpper(x, df), logp, log)
    if (p < 1) expectWithin(Math.exp(logChiSquareLower(x, df)), 1 - p, value)
  })
  it.each(vectors.betaInc)('incomplete beta ($a, $b) at $x', ({ a, b, x, lower, upper }) => {
    const logs = logIncompleteBeta(a, b, x)
    expectWithin(Math.exp(logs.lower), lower, value)
    expectWithin(Math.exp(logs.upper), upper, value)
  })
  it.each(vectors.logBeta)('log beta of ($a, $b)', ({ a, b, v }) =>
    expectWithin(logBeta(a, b), v, { abs: 1e-14, rel: 1e-12 }),
  )
  it.each(vectors.normInterval)('log normal interval from $x to $y', ({ x, y, log: expected }) =>
    expectWithin(logNormalInterval(x, y), expected, log),
  )
  it.each(vectors.logSumExp)('log-sum-exp of $v', ({ v, r }) => expectWithin(logSumExp(v), r, value))
})

describe('special functions at their seams and extremes', () => {
  it('log Phi is continuous and increasing across the branch points', () => {
    for (const seam of [-4 * Math.SQRT2, -0.46875 * Math.SQRT2, 0, 0.46875 * Math.SQRT2, 4 * Math.SQRT2]) {
      const below = logNormalCdf(seam - 1e-9)
      const above = logNormalCdf(seam + 1e-9)
      expect(above).toBeGreaterThanOrEqual(below)
      expect(above - below).toBeLessThan(2e-8)
    }
  })
  it('log Phi has neither underflow nor NaN at the infinities', () => {
    expect(logNormalCdf(-1e6)).toBeCloseTo(-5e11, -2)
    expect(logNormalCdf(-Infinity)).toBe(-Infinity)
    expect(logNormalCdf(Infinity)).toBeCloseTo(0, 300)
    expect(normalCdf(-Infinity)).toBe(0)
    expect(normalCdf(Infinity)).toBe(1)
    expect(normalQuantileFromLog(-Infinity)).toBe(-Infinity)
    expect(normalQuantileFromLog(0)).toBe(Infinity)
  })
  it('the quantile inverts the distribution function everywhere', () => {
    fc.assert(
      fc.property(fc.double({ min: -400, max: 8, noNaN: true }), (z) => {
        // beyond z = 5 the lower tail's logarithm itself no longer carries the digits
        const digits = z > 5 ? 1e-3 : 1e-10
        expect(Math.abs(normalQuantileFromLog(logNormalCdf(z)) - z)).toBeLessThan(digits * Math.max(1, Math.abs(z)))
      }),
    )
  })
  it('both tails of the incomplete beta function add up to one', () => {
    const positive = fc.double({ min: 1e-3, max: 1e5, noNaN: true })
    fc.assert(
      fc.property(positive, positive, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, x) => {
        const { lower, upper } = logIncompleteBeta(a, b, x)
        expect(Math.exp(lower) + Math.exp(upper)).toBeCloseTo(1, 10)
      }),
    )
  })
  it('the beta quantile inverts the incomplete beta function', () => {
    for (const [a, b, p] of [
      [1, 10, 0.025],
      [242, 9, 0.975],
      [0.5, 0.5, 1e-6],
      [3, 1e5, 0.5],
    ] as const)
      expect(Math.exp(logIncompleteBeta(a, b, betaQuantile(a, b, p)).lower)).toBeCloseTo(p, 11)
  })
  it('log gamma satisfies its recurrence', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (x) =>
        expectWithin(logGamma(x + 1), logGamma(x) + Math.log(x), { abs: 1e-13, rel: 1e-13 }),
      ),
    )
  })
  it('log-sum-exp neither overflows nor loses what is small beside a hole of -Infinity', () => {
    expect(logSumExp([1e308, 1e308])).toBe(1e308)
    expect(logSumExp([-1e5, -1e5])).toBeCloseTo(-1e5 + Math.LN2, 9)
    expect(logSumExp([0, -800, -Infinity])).toBe(0)
    expect(logSumExp([-745, -746])).toBeCloseTo(-745 + Math.log1p(Math.exp(-1)), 10)
    expect(logSumExp([])).toBe(-Infinity)
    expect(logSumExp([-Infinity, -Infinity])).toBe(-Infinity)
    expect(logSumExp([3, Infinity])).toBe(Infinity)
  })
  it('tails stay logarithms where the probabilities underflow', () => {
    // Phi(-40) = 3.66e-350; density over hazard, Mills' ratio to the second order
    const mills = -800 - 0.5 * Math.log(2 * Math.PI) - Math.log(40) + Math.log(1 - 1 / 1600 + 3 / 1600 ** 2)
    expect(logNormalCdf(-40)).toBeCloseTo(mills, 8)
    expect(logStudentCdf(-1e150, 2)).toBeCloseTo(Math.log(0.5) - 2 * 150 * Math.LN10, 6)
    expect(logStudentCdf(-1e200, 8)).toBe(-Infinity)
    expect(logStudentCdf(-5, 1e7)).toBeCloseTo(logNormalCdf(-5), 4)
    // with 2 degrees of freedom the upper tail is exp(-x / 2)
    expect(logChiSquareUpper(1e6, 2)).toBeCloseTo(-5e5, 6)
    expect(logChiSquareLower(1e-300, 2)).toBeCloseTo(-300 * Math.LN10 - Math.LN2, 9)
    const { lower, upper } = logIncompleteBeta(500, 1e6, 0.9)
    expect(lower).toBeCloseTo(0, 300)
    expect(upper).toBeLessThan(-1e6)
    expect(Number.isFinite(upper)).toBe(true)
  })
  it('a normal interval keeps its digits when narrow, wide, far out and turned over', () => {
    const ends = fc.tuple(fc.double({ min: -40, max: 40, noNaN: true }), fc.double({ min: 1e-5, max: 80, noNaN: true }))
    fc.assert(
      fc.property(ends, ([x, width]) => {
        const y = x + width
        const value = logNormalInterval(x, y)
        expect(value).toBeLessThanOrEqual(1e-15)
        expect(value).toBeGreaterThan(-Infinity)
        expect(logNormalInterval(-y, -x)).toBeCloseTo(value, 9)
        // never more than the density at the nearer end times the width, nor than all below the upper end
        const nearest = x > 0 ? x : y < 0 ? y : 0
        expect(value).toBeLessThanOrEqual(Math.log(width) - 0.5 * nearest * nearest - 0.9189385 + 1e-6)
        expect(value).toBeLessThanOrEqual(logNormalCdf(y) + 1e-12)
      }),
    )
  })
})
