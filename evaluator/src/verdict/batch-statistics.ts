import type { ChangeKind } from '@tidemark/instrumentation/semconv'
import type { CallRecord, DecisionRecord } from '../domain/records.ts'
import type { EvaluatedCall } from '../scoring/evaluated-call.ts'
import { comparedOnScale } from '../scoring/score-scale.ts'
import type { ScoredCall } from '../scoring/scored-call.ts'
import {
  foldBinary,
  foldBins,
  foldCategories,
  foldMissing,
  foldMoments,
  rankTransform,
  type BinaryCount,
  type BinCounts,
  type Moments,
  type ScoredItem,
} from '../statistics/index.ts'
import type { FrozenScore } from './baseline-document.ts'
import type { AnchorValue } from './frozen-anchors.ts'
import type { JudgesInUse } from './judge-changes.ts'
import { extendStrata, stratumIndex, stratumOf } from './stratum.ts'

/** Statistics of one score in one batch: an entry for each stratum, in the order of {@link BatchStatistics.strata}. */
export type ScoreStatistics =
  | { readonly kind: 'binary'; readonly mean: readonly BinaryCount[]; readonly missing: readonly BinaryCount[] }
  | {
      readonly kind: 'score'
      readonly mean: readonly Moments[]
      readonly rank: readonly Moments[]
      readonly distribution: readonly BinCounts[]
      readonly missing: readonly BinaryCount[]
    }
  | {
      readonly kind: 'categorical'
      readonly categories: readonly BinCounts[]
      readonly missing: readonly BinaryCount[]
    }

/** How often each value of a kind of change occurred; the most frequent 20. */
export type ValueCounts = Readonly<Partial<Record<ChangeKind, Readonly<Record<string, ValueCount>>>>>
export type ValueCount = { readonly count: number; readonly firstAt: number }

/**
 * The sufficient statistics of one slot: all that the detectors see, so that every past evidence can be recomputed from
 * the store, bit for bit.
 */
export type BatchStatistics = {
  /** All strata known up to this slot; the first are those of the baseline. */
  readonly strata: readonly string[]
  readonly items: number
  /** Items for each stratum. */
  readonly itemsByStratum: readonly number[]
  readonly scores: Readonly<Record<string, ScoreStatistics>>
  /** What the judges said of their anchors in this slot, by judged score. */
  readonly anchors?: Readonly<Record<string, readonly AnchorValue[]>>
  /** Only where something is judged; a judge that is another one is a change. */
  readonly judges?: JudgesInUse
  /** The other arms of the slot by the variant's name; only where there are any. */
  readonly variants?: Readonly<Record<string, VariantStatistics>>
  readonly values: ValueCounts
  readonly decisions: { readonly escalated: number; readonly others: number }
}

/** One variant in one batch, over the strata of {@link BatchStatistics.strata}. */
export type VariantStatistics = {
  readonly items: number
  readonly scores: Readonly<Record<string, ScoreStatistics>>
}

const VALUES_KEPT = 20

/** Reduces the items of one slot. `frozen` fixes the transforms, `strata` are those known before this slot. */
export function batchStatistics(
  items: readonly ScoredCall[],
  decisions: readonly DecisionRecord[],
  {
    frozen,
    strata: known,
    segments,
    matured = new Map(),
  }: {
    frozen: readonly FrozenScore[]
    strata: readonly string[]
    segments: readonly string[]
    /** Scores that are complete some days after the call only: by name, the items of the slot that is now. */
    matured?: ReadonlyMap<string, readonly ScoredCall[]>
  },
): BatchStatistics {
  const namesOf = (calls: readonly ScoredCall[]): string[] => calls.map((call) => stratumOf(call, segments))
  const strata = extendStrata(known, [items, ...matured.values()].flatMap(namesOf))
  const indexesOf = (calls: readonly ScoredCall[]): number[] => namesOf(calls).map((name) => stratumIndex(strata, name))
  const indexes = indexesOf(items)
  const itemsByStratum = strata.map(() => 0)
  for (const index of indexes) itemsByStratum[index] = (itemsByStratum[index] ?? 0) + 1
  const scores: Record<string, ScoreStatistics> = {}
  for (const score of frozen) {
    const own = matured.get(score.name)
    const scored = own === undefined ? scoredItems(score, items, indexes) : scoredItems(score, own, indexesOf(own))
    // a score that nobody computes any more says nothing, not even that it is missing
    if (scored.length > 0 || items.length === 0) scores[score.name] = scoreStatistics(score, scored)
  }
  return {
    strata,
    items: items.length,
    itemsByStratum,
    scores,
    values: valueCounts(items),
    decisions: countDecisions(decisions),
  }
}

/** The values of one score with their strata, without the items that the score skipped. */
export function scoredItems(
  score: Pick<FrozenScore, 'name' | 'kind' | 'scale' | 'categories'>,
  items: readonly ScoredCall[],
  strata: readonly number[],
): ScoredItem[] {
  return items.flatMap(({ scores }, i) => {
    return comparedItem(score, scores.get(score.name), strata[i] ?? 0)
  })
}

/** One value as an item, or none where the score skipped it: of the items of {@link scoredItems} without their calls. */
export function comparedItem(
  score: Pick<FrozenScore, 'kind' | 'scale' | 'categories'>,
  value: number | string | null | undefined,
  stratum: number,
): ScoredItem[] {
  return value === undefined ? [] : [{ stratum, value: comparedValue(score, value) }]
}

/** The number that the statistics compare; null where the value is missing or none of this score. */
function comparedValue(
  { kind, scale, categories }: Pick<FrozenScore, 'kind' | 'scale' | 'categories'>,
  value: number | string | null,
): number | null {
  if (kind === 'categorical') {
    if (typeof value !== 'string') return null
    const index = categories.indexOf(value)
    // the last of a learned list is for all that were not in the baseline
    return index === -1 ? categories.indexOf(OTHER_CATEGORY) : index
  }
  return typeof value === 'number' ? comparedOnScale(value, scale) : null
}

/** Category of all values that a baseline did not have, or hardly. */
export const OTHER_CATEGORY = 'other'

/** Statistics of one score by the transforms that were fixed when the baseline was frozen. */
export function scoreStatistics(
  score: Pick<FrozenScore, 'kind' | 'categories' | 'sorted' | 'cuts'>,
  items: readonly ScoredItem[],
): ScoreStatistics {
  const missing = foldMissing(items)
  switch (score.kind) {
    case 'binary':
      return { kind: 'binary', mean: foldBinary(items), missing }
    case 'categorical':
      return { kind: 'categorical', categories: foldCategories(items, score.categories.length), missing }
    case 'score': {
      const rank = rankTransform(score.sorted)
      const ranked = items.map(({ stratum, value }) => ({ stratum, value: value === null ? null : rank(value) }))
      return {
        kind: 'score',
        mean: foldMoments(items),
        rank: foldMoments(ranked),
        distribution: foldBins(items, score.cuts),
        missing,
      }
    }
  }
}

/** Counts the values behind which a change can hide. */
export function valueCounts(items: readonly EvaluatedCall[]): ValueCounts {
  const kept: Partial<Record<ChangeKind, Record<string, ValueCount>>> = {}
  for (const [kind, valueOf] of VALUE_READERS) {
    const counts = new Map<string, ValueCount>()
    for (const { call } of items) {
      const value = valueOf(call)
      if (value === null) continue
      const seen = counts.get(value)
      counts.set(value, {
        count: (seen?.count ?? 0) + 1,
        firstAt: Math.min(seen?.firstAt ?? Infinity, call.startedAt),
      })
    }
    const entries = [...counts].toSorted(([, a], [, b]) => b.count - a.count)
    if (entries.length > 0) kept[kind] = Object.fromEntries(entries.slice(0, VALUES_KEPT))
  }
  return kept
}

const VALUE_READERS: readonly (readonly [ChangeKind, (call: CallRecord) => string | null])[] = [
  ['model', (call) => call.responseModel ?? call.requestModel],
  ['prompt', promptOf],
  ['tools', (call) => call.toolsHash],
  ['data', (call) => call.dataVersion],
]

function promptOf({ promptName, promptVersion, promptHash }: CallRecord): string | null {
  const version = promptVersion ?? promptHash
  return version === null || promptName === null ? version : `${promptName} ${version}`
}

/** One decision for each conversation: an outage that escalates 80 turns of one conversation is one item (STATISTICS §9). */
function countDecisions(decisions: readonly DecisionRecord[]): { escalated: number; others: number } {
  const escalatedByItem = new Map<string, boolean>()
  for (const decision of decisions) {
    const item = decision.conversationId ?? `${decision.traceId}/${decision.spanId}`
    escalatedByItem.set(item, (escalatedByItem.get(item) ?? false) || decision.route === 'escalated')
  }
  const escalated = [...escalatedByItem.values()].filter(Boolean).length
  return { escalated, others: escalatedByItem.size - escalated }
}
