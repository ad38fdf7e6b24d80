import { mergeMoments, NO_ITEMS, type BinaryCount, type BinCounts, type Moments } from '../statistics/index.ts'
import type { ScoreStatistics } from './batch-statistics.ts'

/**
 * Statistics of one score over several slots together, stratum by stratum; later slots may know more strata. Undefined
 * without a slot that has the score.
 */
export function poolStatistics(slots: readonly (ScoreStatistics | undefined)[]): ScoreStatistics | undefined {
  return slots.reduce<ScoreStatistics | undefined>(
    (pooled, next) => (pooled === undefined ? next : next === undefined ? pooled : merge(pooled, next)),
    undefined,
  )
}

/** The part of a score's statistics that one stratum holds; empty where the stratum has none. */
export function inStratum(statistics: ScoreStatistics, stratum: number): ScoreStatistics {
  const only = <Entry>(entries: readonly Entry[]): Entry[] => entries.slice(stratum, stratum + 1)
  switch (statistics.kind) {
    case 'binary':
      return { kind: 'binary', mean: only(statistics.mean), missing: only(statistics.missing) }
    case 'categorical':
      return { kind: 'categorical', categories: only(statistics.categories), missing: only(statistics.missing) }
    case 'score':
      return {
        kind: 'score',
        mean: only(statistics.mean),
        rank: only(statistics.rank),
        distribution: only(statistics.distribution),
        missing: only(statistics.missing),
      }
  }
}

/** Items that have the score, over all strata. */
export function scoredCount(statistics: ScoreStatistics): number {
  switch (statistics.kind) {
    case 'binary':
    case 'score':
      return statistics.mean.reduce((sum, { n }) => sum + n, 0)
    case 'categorical':
      return statistics.categories.flat().reduce((sum, count) => sum + count, 0)
  }
}

/** Items of every stratum, and how many of them are of one category. */
export function categoryCounts(strata: readonly BinCounts[], category: number): BinaryCount[] {
  return strata.map((counts) => ({
    n: counts.reduce((sum, count) => sum + count, 0),
    x: counts[category] ?? 0,
  }))
}

/** Standard deviation within strata; 0 without two items of one stratum. */
export function pooledDeviation(strata: readonly Moments[]): number {
  const degreesOfFreedom = strata.reduce((sum, { n }) => sum + Math.max(0, n - 1), 0)
  return degreesOfFreedom === 0 ? 0 : Math.sqrt(strata.reduce((sum, { m2 }) => sum + m2, 0) / degreesOfFreedom)
}

function merge(a: ScoreStatistics, b: ScoreStatistics): ScoreStatistics {
  const missing = byStratum(a.missing, b.missing, { n: 0, x: 0 }, addCounts)
  if (a.kind === 'binary' && b.kind === 'binary')
    return { kind: 'binary', mean: byStratum(a.mean, b.mean, { n: 0, x: 0 }, addCounts), missing }
  if (a.kind === 'categorical' && b.kind === 'categorical')
    return { kind: 'categorical', categories: byStratum(a.categories, b.categories, [], addBins), missing }
  if (a.kind === 'score' && b.kind === 'score')
    return {
      kind: 'score',
      mean: byStratum(a.mean, b.mean, NO_ITEMS, mergeMoments),
      rank: byStratum(a.rank, b.rank, NO_ITEMS, mergeMoments),
      distribution: byStratum(a.distribution, b.distribution, [], addBins),
      missing,
    }
  throw new Error(`statistics of a ${a.kind} and of a ${b.kind} score cannot be pooled`)
}

function byStratum<Entry>(
  a: readonly Entry[],
  b: readonly Entry[],
  empty: Entry,
  add: (a: Entry, b: Entry) => Entry,
): Entry[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, s) => add(a[s] ?? empty, b[s] ?? empty))
}

function addCounts(a: BinaryCount, b: BinaryCount): BinaryCount {
  return { n: a.n + b.n, x: a.x + b.x }
}

function addBins(a: BinCounts, b: BinCounts): BinCounts {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, bin) => (a[bin] ?? 0) + (b[bin] ?? 0))
}
