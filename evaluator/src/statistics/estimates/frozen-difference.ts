import type { BinaryCount, Moments } from '../daily/stratum-statistics.ts'
import { normalQuantile } from '../special/normal.ts'
import { type Interval, requireLevel } from './rate-interval.ts'

/** Recent runs against the frozen baseline, which no slow drift can move (section 6.5, "boiling frog"). */
export type FrozenDifference = Interval & { readonly difference: number; readonly error: number }

/**
 * Stratified difference of rates, recent minus frozen, weighted by recent items, with its interval; strata without items
 * on one side are left out, `null` where none is left. Asymptotic, with one success and one failure added to each rate's
 * variance (Agresti and Caffo 2000) so that a perfect rate keeps an honest width.
 */
export function frozenRateDifference(
  frozen: readonly BinaryCount[],
  recent: readonly BinaryCount[],
  level = 0.95,
): FrozenDifference | null {
  return stratifiedDifference(
    commonStrata(frozen, recent).map(([before, after]) => ({
      items: after.n,
      difference: after.x / after.n - before.x / before.n,
      variance: rateVariance(before) + rateVariance(after),
    })),
    level,
  )
}

/**
 * Stratified difference of means, recent minus frozen, in the unit of the score; the variance within strata is pooled
 * over the strata of each side. Asymptotic. `null` where no stratum has items on both sides or a side has no variance
 * estimate. (Section 6.5.)
 */
export function frozenMeanDifference(
  frozen: readonly Moments[],
  recent: readonly Moments[],
  level = 0.95,
): FrozenDifference | null {
  const before = pooledVariance(frozen)
  const after = pooledVariance(recent)
  if (before === null || after === null) return null
  return stratifiedDifference(
    commonStrata(frozen, recent).map(([b, a]) => ({
      items: a.n,
      difference: a.mean - b.mean,
      variance: before / b.n + after / a.n,
    })),
    level,
  )
}

type Term = { readonly items: number; readonly difference: number; readonly variance: number }

function stratifiedDifference(terms: readonly Term[], level: number): FrozenDifference | null {
  const z = normalQuantile((1 + requireLevel(level)) / 2)
  const items = terms.reduce((sum, term) => sum + term.items, 0)
  if (items === 0) return null
  const difference = terms.reduce((sum, term) => sum + (term.items / items) * term.difference, 0)
  const error = Math.sqrt(terms.reduce((sum, term) => sum + (term.items / items) ** 2 * term.variance, 0))
  return { difference, error, lower: difference - z * error, upper: difference + z * error }
}

function commonStrata<Statistics extends { readonly n: number }>(
  frozen: readonly Statistics[],
  recent: readonly Statistics[],
): (readonly [Statistics, Statistics])[] {
  const pairs: (readonly [Statistics, Statistics])[] = []
  recent.forEach((after, stratum) => {
    const before = frozen[stratum]
    if (before && before.n > 0 && after.n > 0) pairs.push([before, after])
  })
  return pairs
}

function rateVariance({ n, x }: BinaryCount): number {
  const p = (x + 1) / (n + 2)
  return (p * (1 - p)) / (n + 2)
}

function pooledVariance(strata: readonly Moments[]): number | null {
  const degreesOfFreedom = strata.reduce((sum, { n }) => sum + Math.max(0, n - 1), 0)
  return degreesOfFreedom === 0 ? null : strata.reduce((sum, { m2 }) => sum + m2, 0) / degreesOfFreedom
}
