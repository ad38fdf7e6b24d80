import { chiSquareQuantile } from '../special/gamma.ts'
import { StatisticsError } from '../statistics-error.ts'

/*
 * Gauges for display, never a trigger (section 14).
 */

/**
 * Jensen-Shannon distance (base 2, 0 to 1) of two histograms over the same bins. Exact for the counts given. (Section
 * 14; Endres and Schindelin 2003.)
 */
export function jensenShannon(before: readonly number[], after: readonly number[]): number {
  const [p, q] = sharesOf(before, after, 0)
  let divergence = 0
  for (let b = 0; b < p.length; b++) {
    const middle = (p[b]! + q[b]!) / 2
    divergence += relativeEntropy(p[b]!, middle) + relativeEntropy(q[b]!, middle)
  }
  return Math.sqrt(Math.max(0, divergence / 2 / Math.LN2))
}

/**
 * Population stability index with half a count added to every bin of both samples (Yurdakul 2018). Descriptive: exact
 * for the counts given.
 */
export function psi(before: readonly number[], after: readonly number[]): number {
  const [p, q] = sharesOf(before, after, 0.5)
  return p.reduce((sum, share, b) => sum + (q[b]! - share) * Math.log(q[b]! / share), 0)
}

/**
 * What `psi` shows when nothing changed: (1/n + 1/n0) times a chi-square with bins - 1 degrees of freedom. Its mean,
 * and the value it stays below with probability `level`. Asymptotic; to be shown beside every index. (Section 14;
 * Yurdakul 2018.)
 */
export function psiWithoutChange(
  {
    itemsBefore,
    itemsAfter,
    bins,
  }: { readonly itemsBefore: number; readonly itemsAfter: number; readonly bins: number },
  level = 0.95,
): { readonly mean: number; readonly upper: number } {
  if (!(itemsBefore > 0 && itemsAfter > 0 && bins >= 2 && level > 0 && level < 1))
    throw new StatisticsError(
      'statistics_argument_invalid',
      `A stability index of ${bins} bins with ${itemsBefore} and ${itemsAfter} items at level ${level} has no band: give at least 2 bins, items on both sides and a level between 0 and 1.`,
    )
  const scale = 1 / itemsBefore + 1 / itemsAfter
  return { mean: scale * (bins - 1), upper: scale * chiSquareQuantile(level, bins - 1) }
}

/**
 * 1-Wasserstein distance of two samples, in the unit of the values. Exact: the area between the empirical laws.
 * (Section 14; Vallender 1974.)
 */
export function wasserstein(before: readonly number[], after: readonly number[]): number {
  if (before.length === 0 || after.length === 0)
    throw new StatisticsError('statistics_argument_invalid', 'A distance needs at least one value on both sides.')
  const x = Float64Array.from(before).sort()
  const y = Float64Array.from(after).sort()
  let area = 0
  let i = 0
  let j = 0
  let position = Math.min(x[0]!, y[0]!)
  while (i < x.length || j < y.length) {
    const next = Math.min(x[i] ?? Infinity, y[j] ?? Infinity)
    area += (next - position) * Math.abs(i / x.length - j / y.length)
    while (i < x.length && x[i] === next) i++
    while (j < y.length && y[j] === next) j++
    position = next
  }
  return area
}

function sharesOf(before: readonly number[], after: readonly number[], added: number): readonly [number[], number[]] {
  if (before.length !== after.length)
    throw new StatisticsError(
      'statistics_argument_invalid',
      `The histograms have ${before.length} and ${after.length} bins: they must match.`,
    )
  return [shares(before, added), shares(after, added)]
}

function shares(counts: readonly number[], added: number): number[] {
  const total = counts.reduce((sum, count) => sum + count + added, 0)
  if (!(total > 0 && counts.every((count) => count >= 0)))
    throw new StatisticsError(
      'statistics_argument_invalid',
      `The histogram [${counts.join(', ')}] has no items or a count below 0.`,
    )
  return counts.map((count) => (count + added) / total)
}

function relativeEntropy(p: number, q: number): number {
  return p === 0 ? 0 : p * Math.log(p / q)
}
