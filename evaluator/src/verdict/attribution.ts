import type { Attribution } from '../domain/verdict.ts'
import { decompose, segmentOf, type Decomposition, type Segment } from '../statistics/index.ts'
import type { BaselineDocument, FrozenScore } from './baseline-document.ts'
import type { ScoreStatistics } from './batch-statistics.ts'
import { categoryCounts, poolStatistics } from './pooled-statistics.ts'
import type { RecentRun } from './recent-runs.ts'

/** Segments named in an attribution; the rest is one part. */
const SEGMENTS_NAMED = 5
const OTHER_SEGMENTS = 'other'

/**
 * How much of each score's movement from the baseline to the given runs comes from a new mix of inputs, and how much from
 * within the segments (STATISTICS §10). A score of categories is told by the category that moved most.
 */
export function attribute(
  baseline: BaselineDocument,
  strata: readonly string[],
  runs: readonly RecentRun[],
): Attribution[] {
  const from = runs[0]?.slotAt
  if (from === undefined) return []
  return baseline.scores.flatMap((score) => {
    const before = baseline.statistics[score.name]
    const after = poolStatistics(runs.map(({ batch }) => batch.scores[score.name]))
    if (before === undefined || after === undefined) return []
    const moved = furthestMove(score, before, after, strata.length)
    if (moved === null) return []
    const { category, parts } = moved
    return [
      {
        score: score.name,
        kind: score.kind,
        category,
        fromSlotAt: from,
        runs: runs.length,
        total: parts.total,
        mix: parts.mix,
        mixError: parts.mixError,
        within: parts.within,
        withinError: parts.withinError,
        unseen: parts.unseen,
        unseenShare: 1 - parts.commonShareAfter,
        vanished: parts.vanished,
        residual: parts.residual,
        segments: largestParts(strata, parts),
      },
    ]
  })
}

type Move = { readonly category: string | null; readonly parts: Decomposition }

function furthestMove(
  score: FrozenScore,
  before: ScoreStatistics,
  after: ScoreStatistics,
  strata: number,
): Move | null {
  if (before.kind === 'categorical' && after.kind === 'categorical') {
    const names = score.categories
    return names
      .flatMap((category, index) => {
        const parts = decomposeCounts(
          categoryCounts(before.categories, index),
          categoryCounts(after.categories, index),
          strata,
        )
        return parts === null ? [] : [{ category, parts }]
      })
      .reduce<Move | null>(
        (furthest, move) =>
          furthest === null || Math.abs(move.parts.total) > Math.abs(furthest.parts.total) ? move : furthest,
        null,
      )
  }
  if (before.kind === 'binary' && after.kind === 'binary') {
    const parts = decomposeCounts(before.mean, after.mean, strata)
    return parts === null ? null : { category: null, parts }
  }
  if (before.kind === 'score' && after.kind === 'score') {
    const parts = decomposed(before.mean.map(segmentOf), after.mean.map(segmentOf), strata)
    return parts === null ? null : { category: null, parts }
  }
  return null
}

function decomposeCounts(
  before: readonly { readonly n: number; readonly x: number }[],
  after: readonly { readonly n: number; readonly x: number }[],
  strata: number,
): Decomposition | null {
  return decomposed(before.map(rateSegment), after.map(rateSegment), strata)
}

function rateSegment({ n, x }: { readonly n: number; readonly x: number }): Segment {
  const mean = n === 0 ? 0 : x / n
  return { n, mean, variance: n < 2 ? 0 : (n * mean * (1 - mean)) / (n - 1) }
}

/** Null where one side has no item. */
function decomposed(before: readonly Segment[], after: readonly Segment[], strata: number): Decomposition | null {
  if (!hasItems(before) || !hasItems(after)) return null
  return decompose(padded(before, strata), padded(after, strata))
}

function hasItems(side: readonly Segment[]): boolean {
  return side.some(({ n }) => n > 0)
}

function padded(segments: readonly Segment[], length: number): Segment[] {
  return Array.from({ length }, (_, s) => segments[s] ?? { n: 0, mean: 0, variance: 0 })
}

function largestParts(strata: readonly string[], { segments }: Decomposition): Attribution['segments'] {
  const ranked = strata
    .map((segment, s) => ({ segment, mix: segments[s]?.mix ?? 0, within: segments[s]?.within ?? 0 }))
    .filter(({ mix, within }) => mix !== 0 || within !== 0)
    .toSorted((a, b) => Math.abs(b.mix) + Math.abs(b.within) - Math.abs(a.mix) - Math.abs(a.within))
  const rest = ranked.slice(SEGMENTS_NAMED)
  if (rest.length === 0) return ranked
  return [
    ...ranked.slice(0, SEGMENTS_NAMED),
    {
      segment: OTHER_SEGMENTS,
      mix: rest.reduce((sum, { mix }) => sum + mix, 0),
      within: rest.reduce((sum, { within }) => sum + within, 0),
    },
  ]
}
