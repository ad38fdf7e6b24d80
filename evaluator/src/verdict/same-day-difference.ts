import type { VariantDifference } from '../domain/verdict.ts'
import {
  variantMeanDifference,
  variantRateDifference,
  type BinaryCount,
  type BinCounts,
  type FrozenDifference,
  type Moments,
} from '../statistics/index.ts'
import type { FrozenScore } from './baseline-document.ts'
import type { ScoreStatistics } from './batch-statistics.ts'
import { categoryCounts, pooledDeviation, poolStatistics } from './pooled-statistics.ts'
import { scoreWindow } from './score-window.ts'

/** The scores of two arms in one slot, over the same strata. */
export type TwoArms = {
  readonly variant: Readonly<Record<string, ScoreStatistics>>
  readonly control: Readonly<Record<string, ScoreStatistics>>
}

const LEVEL = 0.95

/**
 * For each score the difference between two arms, over pairs of one slot and one segment (STATISTICS §20): what a day, the
 * provider or the mix does to both cancels. Scores without a pair are left out.
 */
export function sameDayDifferences(scores: readonly FrozenScore[], slots: readonly TwoArms[]): VariantDifference[] {
  return scores.flatMap((score) => {
    const pairs = slots.flatMap(({ variant, control }): Pair[] => {
      const own = variant[score.name]
      const other = control[score.name]
      return own === undefined || other === undefined ? [] : [{ variant: own, control: other }]
    })
    const found = differenceOf(score, pairs)
    if (found === null) return []
    const { name, kind, direction, unit } = score
    return [
      {
        score: name,
        kind,
        direction,
        unit,
        variant: scoreWindow(score, poolStatistics(pairs.map((pair) => pair.variant))),
        control: scoreWindow(score, poolStatistics(pairs.map((pair) => pair.control))),
        ...found,
      },
    ]
  })
}

type Pair = { readonly variant: ScoreStatistics; readonly control: ScoreStatistics }
type Found = Pick<VariantDifference, 'category' | 'difference' | 'low' | 'high' | 'level'>

function differenceOf(score: FrozenScore, pairs: readonly Pair[]): Found | null {
  switch (score.kind) {
    case 'binary':
      return inUnit(variantRateDifference(armsOf(pairs, rates), LEVEL), { category: null, unit: 1, level: LEVEL })
    case 'score': {
      const deviation = pooledDeviation(armsOf(pairs, means).flatMap(({ control }) => control))
      // a score that does not vary has no standard deviation to measure in
      if (deviation === 0) return null
      return inUnit(variantMeanDifference(armsOf(pairs, means), LEVEL), {
        category: null,
        unit: deviation,
        level: LEVEL,
      })
    }
    case 'categorical':
      return farthestCategory(score, armsOf(pairs, bins))
  }
}

type Arms<Entry> = { readonly variant: readonly Entry[]; readonly control: readonly Entry[] }

function armsOf<Entry>(pairs: readonly Pair[], read: (statistics: ScoreStatistics) => readonly Entry[]): Arms<Entry>[] {
  return pairs.map(({ variant, control }) => ({ variant: read(variant), control: read(control) }))
}

const rates = (statistics: ScoreStatistics): readonly BinaryCount[] =>
  statistics.kind === 'binary' ? statistics.mean : []
const means = (statistics: ScoreStatistics): readonly Moments[] => (statistics.kind === 'score' ? statistics.mean : [])
const bins = (statistics: ScoreStatistics): readonly BinCounts[] =>
  statistics.kind === 'categorical' ? statistics.categories : []

/** The category whose share differs most, in standard errors; the intervals of all hold together (Bonferroni). */
function farthestCategory({ categories }: FrozenScore, days: readonly Arms<BinCounts>[]): Found | null {
  const level = 1 - (1 - LEVEL) / Math.max(1, categories.length)
  const found = categories.flatMap((category, index) => {
    const arms = days.map(({ variant, control }) => ({
      variant: categoryCounts(variant, index),
      control: categoryCounts(control, index),
    }))
    const one = inUnit(variantRateDifference(arms, level), { category, unit: 1, level })
    return one === null ? [] : [one]
  })
  return found.toSorted((a, b) => sureness(b) - sureness(a))[0] ?? null
}

function sureness({ difference, low, high }: Found): number {
  return difference === 0 ? 0 : Math.abs(difference) / Math.max(high - low, Number.MIN_VALUE)
}

function inUnit(
  found: FrozenDifference | null,
  { unit, ...facts }: { readonly category: string | null; readonly unit: number; readonly level: number },
): Found | null {
  if (found === null) return null
  return { ...facts, difference: found.difference / unit, low: found.lower / unit, high: found.upper / unit }
}
