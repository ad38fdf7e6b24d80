import type { ScoreWindow } from '../domain/verdict.ts'
import { fromScale } from '../scoring/score-scale.ts'
import { meanInterval, mergeMoments, NO_ITEMS, wilson, type BinCounts } from '../statistics/index.ts'
import type { FrozenScore } from './baseline-document.ts'
import type { ScoreStatistics } from './batch-statistics.ts'

export const EMPTY_WINDOW: ScoreWindow = { samples: 0, mean: null, low: null, high: null, shares: null }

/** A score in one window as people see it: logarithms undone, 95 % interval (Wilson for rates, Student t for means). */
export function scoreWindow(
  { scale, categories, cuts }: Pick<FrozenScore, 'scale' | 'categories' | 'cuts'>,
  statistics: ScoreStatistics | undefined,
): ScoreWindow {
  const display = (value: number): number => fromScale(value, scale)
  if (statistics === undefined) return EMPTY_WINDOW
  switch (statistics.kind) {
    case 'binary': {
      const n = statistics.mean.reduce((sum, count) => sum + count.n, 0)
      const x = statistics.mean.reduce((sum, count) => sum + count.x, 0)
      if (n === 0) return EMPTY_WINDOW
      const { lower, upper } = wilson(x, n)
      return { samples: n, mean: x / n, low: lower, high: upper, shares: null }
    }
    case 'categorical': {
      const counts = sumOfBins(statistics.categories)
      return { ...EMPTY_WINDOW, samples: sum(counts), shares: sharesOf(categories, counts) }
    }
    case 'score': {
      const moments = statistics.mean.reduce(mergeMoments, NO_ITEMS)
      if (moments.n === 0) return EMPTY_WINDOW
      const interval = meanInterval(moments)
      return {
        samples: moments.n,
        mean: display(moments.mean),
        low: interval === null ? null : display(interval.lower),
        high: interval === null ? null : display(interval.upper),
        shares: sharesOf(binNames(cuts.map((cut) => display(cut))), sumOfBins(statistics.distribution)),
      }
    }
  }
}

/** Names of the bins between cuts: `up to 120`, `120 to 260`, `over 260`. */
export function binNames(cuts: readonly number[]): string[] {
  const text = cuts.map((cut) => String(Number(cut.toPrecision(3))))
  if (text.length === 0) return ['all']
  const names = text.map((cut, i) => (i === 0 ? `up to ${cut}` : `${text[i - 1]} to ${cut}`))
  return withoutRepeats([...names, `over ${text.at(-1)}`])
}

/** Equal cuts give bins of the same name, which would be one label of a metric. */
function withoutRepeats(names: readonly string[]): string[] {
  return names.map((name, i) => (names.indexOf(name) === i ? name : `${name} (${i + 1})`))
}

function sharesOf(names: readonly string[], counts: readonly number[]): Record<string, number> {
  const total = sum(counts)
  return Object.fromEntries(names.map((name, i) => [name, total === 0 ? 0 : (counts[i] ?? 0) / total]))
}

function sumOfBins(strata: readonly BinCounts[]): number[] {
  const width = strata[0]?.length ?? 0
  return Array.from({ length: width }, (_, bin) => sum(strata.map((counts) => counts[bin] ?? 0)))
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
