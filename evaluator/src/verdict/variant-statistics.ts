import type { ScoredCall } from '../scoring/scored-call.ts'
import type { FrozenScore } from './baseline-document.ts'
import { scoredItems, scoreStatistics, type ScoreStatistics, type VariantStatistics } from './batch-statistics.ts'
import { stratumIndex, stratumOf } from './stratum.ts'

/**
 * Reduces the other arms of a slot over the strata that control knows. A segment that control has never had has nothing to
 * be compared with, and adds no stratum: a variant moves nothing of the agent's own statistics.
 * @param frozen scores that are compared in this slot; none that is complete only later
 */
export function variantStatistics(
  arms: ReadonlyMap<string, readonly ScoredCall[]>,
  {
    frozen,
    strata,
    segments,
  }: {
    readonly frozen: readonly FrozenScore[]
    readonly strata: readonly string[]
    readonly segments: readonly string[]
  },
): Readonly<Record<string, VariantStatistics>> {
  return Object.fromEntries(
    [...arms].map(([name, items]) => {
      const placed = items
        .map((item) => ({ item, stratum: stratumIndex(strata, stratumOf(item, segments)) }))
        .filter(({ stratum }) => stratum !== -1)
      const known = placed.map(({ item }) => item)
      const indexes = placed.map(({ stratum }) => stratum)
      return [name, { items: items.length, scores: scoresOf(frozen, known, indexes) }]
    }),
  )
}

function scoresOf(
  frozen: readonly FrozenScore[],
  items: readonly ScoredCall[],
  strata: readonly number[],
): Record<string, ScoreStatistics> {
  return Object.fromEntries(
    frozen.flatMap((score) => {
      const scored = scoredItems(score, items, strata)
      return scored.length === 0 ? [] : [[score.name, scoreStatistics(score, scored)]]
    }),
  )
}
