import type { Direction, FrozenComparison } from '../domain/verdict.ts'
import { frozenMeanDifference, frozenRateDifference, type FrozenDifference } from '../statistics/index.ts'
import type { BaselineDocument, FrozenScore } from './baseline-document.ts'
import type { BatchStatistics, ScoreStatistics } from './batch-statistics.ts'
import { categoryCounts, pooledDeviation, poolStatistics } from './pooled-statistics.ts'
import { TOLERANCE } from './streams.ts'

/** Runs that are compared with the frozen baseline together (STATISTICS §6.5). */
export const COMPARED_RUNS = 30
/** Level of the interval at a budget of one false ticket a year or more; a smaller budget widens it in proportion. */
const LEVEL = 0.95

/**
 * The detector's reference grows with every accepted run and so follows a drift that is slow enough. The frozen baseline
 * does not: the recent runs against it, with an interval, show what crept in.
 */
export type SlowDrift = {
  /** Compares the newest runs, this one included, with the frozen baseline. A slot without items changes nothing. */
  run(batch: BatchStatistics | null): readonly FrozenComparison[]
  /** The runs so far leave the comparison; after a false alarm, scores that were beyond open no ticket any more. */
  restart(mute: boolean): void
}

export function createSlowDrift(baseline: BaselineDocument): SlowDrift {
  const level = levelOf(baseline)
  const muted = new Set<string>()
  let recent: BatchStatistics[] = []
  let newest: readonly FrozenComparison[] = []
  return {
    run(batch) {
      if (batch === null || batch.items === 0) return newest
      recent = [...recent, batch].slice(-COMPARED_RUNS)
      newest = baseline.scores.flatMap((score) => {
        const pooled = poolStatistics(recent.map(({ scores }) => scores[score.name]))
        const frozen = baseline.statistics[score.name]
        const found = pooled === undefined || frozen === undefined ? null : compare(score, frozen, pooled, level)
        if (found === null) return []
        const opensTicket =
          baseline.slowDriftShare > 0 &&
          score.detector !== 'none' &&
          recent.length === COMPARED_RUNS &&
          !muted.has(score.name) &&
          isBeyond(found, found.category === null ? score.direction : 'none')
        return [{ ...found, score: score.name, kind: score.kind, runs: recent.length, opensTicket }]
      })
      return newest
    },
    restart(mute) {
      if (mute) for (const { score, opensTicket } of newest) if (opensTicket) muted.add(score)
      recent = []
      newest = []
    },
  }
}

type Comparison = Omit<FrozenComparison, 'score' | 'kind' | 'runs' | 'opensTicket'>

function levelOf({ slowDriftShare, ticketsPerYear }: BaselineDocument): number {
  const falseTicketsPerYear = slowDriftShare * ticketsPerYear
  return falseTicketsPerYear === 0 ? LEVEL : 1 - (1 - LEVEL) * Math.min(1, falseTicketsPerYear)
}

function compare(
  score: FrozenScore,
  frozen: ScoreStatistics,
  recent: ScoreStatistics,
  level: number,
): Comparison | null {
  if (frozen.kind === 'binary' && recent.kind === 'binary')
    return inPoints(frozenRateDifference(frozen.mean, recent.mean, level), { category: null, level })
  if (frozen.kind === 'score' && recent.kind === 'score') {
    const deviation = pooledDeviation(frozen.mean)
    const found = frozenMeanDifference(frozen.mean, recent.mean, level)
    // a score that never varied has no standard deviation to measure in; the detector sees any difference of it
    if (found === null || deviation === 0) return null
    const scaled = (value: number): number => value / deviation
    return {
      category: null,
      difference: scaled(found.difference),
      low: scaled(found.lower),
      high: scaled(found.upper),
      level,
      tolerance: TOLERANCE.score,
    }
  }
  if (frozen.kind === 'categorical' && recent.kind === 'categorical')
    return farthestCategory(score, frozen.categories, recent.categories, level)
  return null
}

/** The category whose share moved farthest beyond its interval; the intervals of all hold together (Bonferroni). */
function farthestCategory(
  score: FrozenScore,
  frozen: readonly (readonly number[])[],
  recent: readonly (readonly number[])[],
  level: number,
): Comparison | null {
  const names = score.categories
  const seen = names
    .map((category, index) => ({ category, index }))
    .filter(({ index }) => [...frozen, ...recent].some((counts) => (counts[index] ?? 0) > 0))
  const apart = 1 - (1 - level) / Math.max(1, seen.length)
  return seen.reduce<Comparison | null>((farthest, { category, index }) => {
    const found = frozenRateDifference(categoryCounts(frozen, index), categoryCounts(recent, index), apart)
    const next = inPoints(found, { category, level })
    return farthest === null || (next !== null && clearance(next) > clearance(farthest)) ? next : farthest
  }, null)
}

function inPoints(
  found: FrozenDifference | null,
  facts: { readonly category: string | null; readonly level: number },
): Comparison | null {
  if (found === null) return null
  const { difference, lower, upper } = found
  return { ...facts, difference, low: lower, high: upper, tolerance: TOLERANCE.binary }
}

/** How far the interval keeps away from 0; negative where it holds 0. */
function clearance({ low, high }: Comparison): number {
  return Math.max(low, -high)
}

function isBeyond({ low, high, tolerance }: Comparison, direction: Direction): boolean {
  const hasFallen = high < -tolerance
  const hasRisen = low > tolerance
  switch (direction) {
    case 'higher-better':
      return hasFallen
    case 'lower-better':
      return hasRisen
    case 'none':
      return hasFallen || hasRisen
  }
}
