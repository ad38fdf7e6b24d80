import type { BinaryCount, Moments } from '../daily/stratum-statistics.ts'
import type { FrozenDifference } from '../estimates/frozen-difference.ts'
import { requireLevel } from '../estimates/rate-interval.ts'
import { normalQuantile } from '../special/normal.ts'

/** Both arms of one day, an entry a stratum. */
export type ArmCounts<Statistics> = { readonly variant: readonly Statistics[]; readonly control: readonly Statistics[] }

/**
 * Difference of rates, variant minus control, over pairs of one day and one stratum: the Mantel-Haenszel risk difference
 * with the variance of Sato (1989), which holds for few large pairs and for many small ones (section 20). Asymptotic: with
 * 119 variant items the 95 % interval held the true difference in 94 % of simulations.
 * `null` where no pair has items on both sides.
 */
export function variantRateDifference(days: readonly ArmCounts<BinaryCount>[], level = 0.95): FrozenDifference | null {
  const z = normalQuantile((1 + requireLevel(level)) / 2)
  const pairs = pairsOf(days)
  if (pairs.length === 0) return null
  const weights = sum(pairs, (a, b) => (a.n * b.n) / (a.n + b.n))
  const difference = sum(pairs, (a, b) => (a.x * b.n - b.x * a.n) / (a.n + b.n)) / weights
  const p = sum(pairs, (a, b) => (a.n ** 2 * b.x - b.n ** 2 * a.x + (a.n * b.n * (b.n - a.n)) / 2) / (a.n + b.n) ** 2)
  const q = sum(pairs, (a, b) => (a.x * (b.n - b.x) + b.x * (a.n - a.x)) / (2 * (a.n + b.n)))
  const error = Math.sqrt(Math.max(0, difference * p + q)) / weights
  return { difference, error, lower: difference - z * error, upper: difference + z * error }
}

/**
 * Difference of means, variant minus control, with the same weights; the variance within pairs is pooled over all of them
 * (section 20). Asymptotic. `null` where no pair has items on both sides, or no arm two items.
 */
export function variantMeanDifference(days: readonly ArmCounts<Moments>[], level = 0.95): FrozenDifference | null {
  const z = normalQuantile((1 + requireLevel(level)) / 2)
  const pairs = pairsOf(days)
  const degreesOfFreedom = sum(pairs, (a, b) => a.n + b.n - 2)
  if (degreesOfFreedom === 0) return null
  const variance = sum(pairs, (a, b) => a.m2 + b.m2) / degreesOfFreedom
  const weights = sum(pairs, (a, b) => (a.n * b.n) / (a.n + b.n))
  const difference = sum(pairs, (a, b) => ((a.n * b.n) / (a.n + b.n)) * (a.mean - b.mean)) / weights
  // a weight squared times (1/n + 1/m) is the weight again
  const error = Math.sqrt(variance / weights)
  return { difference, error, lower: difference - z * error, upper: difference + z * error }
}

type Pair<Statistics> = readonly [variant: Statistics, control: Statistics]

function pairsOf<Statistics extends { readonly n: number }>(
  days: readonly ArmCounts<Statistics>[],
): Pair<Statistics>[] {
  return days.flatMap(({ variant, control }) =>
    variant.flatMap((arm, s): Pair<Statistics>[] => {
      const other = control[s]
      return other !== undefined && arm.n > 0 && other.n > 0 ? [[arm, other]] : []
    }),
  )
}

function sum<Statistics>(
  pairs: readonly Pair<Statistics>[],
  term: (variant: Statistics, control: Statistics) => number,
): number {
  return pairs.reduce((total, [variant, control]) => total + term(variant, control), 0)
}
