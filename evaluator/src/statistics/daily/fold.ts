import { StatisticsError } from '../statistics-error.ts'
import { mergeMoments, NO_ITEMS } from './moments.ts'
import type { BinaryCount, BinCounts, Moments } from './stratum-statistics.ts'
import { shapeBin } from './transforms.ts'

/**
 * One scored item: the index of its stratum and its value. `null` and numbers that are not finite are missing scores:
 * never 0, never imputed (section 1).
 */
export type ScoredItem = { readonly stratum: number; readonly value: number | null }

/** Items and successes per stratum; values must be 0 or 1. Missing scores are left out. Exact (section 1). */
export function foldBinary(items: Iterable<ScoredItem>): BinaryCount[] {
  return fold(items, { n: 0, x: 0 }, ({ n, x }, value) => {
    if (value !== 0 && value !== 1)
      throw new StatisticsError(
        'statistics_argument_invalid',
        `A binary score is ${value}: give 1, 0 or null for missing.`,
      )
    return { n: n + 1, x: x + value }
  })
}

/**
 * Count, mean and m2 per stratum. Missing scores are left out. Exact up to rounding (section 1; Chan, Golub, LeVeque
 * 1983).
 */
export function foldMoments(items: Iterable<ScoredItem>): Moments[] {
  return fold(items, NO_ITEMS, (moments, value) => mergeMoments(moments, { n: 1, mean: value, m2: 0 }))
}

/**
 * Counts per bin and stratum, by the cuts frozen with the baseline. Missing scores are left out. Exact (sections 1 and
 * 4.4).
 */
export function foldBins(items: Iterable<ScoredItem>, cuts: readonly number[]): BinCounts[] {
  return foldCategories(items, cuts.length + 1, (value) => shapeBin(cuts, value))
}

/**
 * Counts per category and stratum, where `binOf` names the category, 0 to bins - 1, of a value. Exact (sections 1 and
 * 4.4).
 */
export function foldCategories(
  items: Iterable<ScoredItem>,
  bins: number,
  binOf: (value: number) => number = (value) => value,
): BinCounts[] {
  const empty: BinCounts = Array.from({ length: bins }, () => 0)
  return fold(items, empty, (counts, value) => {
    const bin = binOf(value)
    if (!(Number.isInteger(bin) && bin >= 0 && bin < bins))
      throw new StatisticsError(
        'statistics_argument_invalid',
        `The bin ${bin} of the value ${value} is not in 0 to ${bins - 1}.`,
      )
    return counts.with(bin, counts[bin]! + 1)
  })
}

/** The `missing` stream of a metric: items per stratum, and how many of them have no score (section 1). Exact. */
export function foldMissing(items: Iterable<ScoredItem>): BinaryCount[] {
  const marked = function* (): Generator<ScoredItem> {
    for (const { stratum, value } of items) yield { stratum, value: isMissing(value) ? 1 : 0 }
  }
  return foldBinary(marked())
}

/** Statistics per input id of a replay or of judge anchors, where the stratum is the input (section 8). Exact. */
export function replayStrata(items: Iterable<ScoredItem>, kind: 'binary'): BinaryCount[]
export function replayStrata(items: Iterable<ScoredItem>, kind: 'score'): Moments[]
export function replayStrata(items: Iterable<ScoredItem>, kind: 'binary' | 'score'): BinaryCount[] | Moments[] {
  return kind === 'binary' ? foldBinary(items) : foldMoments(items)
}

function fold<Statistics>(
  items: Iterable<ScoredItem>,
  empty: Statistics,
  add: (statistics: Statistics, value: number) => Statistics,
): Statistics[] {
  const strata: Statistics[] = []
  for (const { stratum, value } of items) {
    if (!Number.isInteger(stratum) || stratum < 0)
      throw new StatisticsError('statistics_argument_invalid', `The stratum ${stratum} is not an index 0, 1, 2, ...`)
    while (strata.length <= stratum) strata.push(empty)
    if (!isMissing(value)) strata[stratum] = add(strata[stratum]!, value)
  }
  return strata
}

function isMissing(value: number | null): value is null {
  return value === null || !Number.isFinite(value)
}
