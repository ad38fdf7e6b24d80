export interface Interval {
  readonly estimate: number
  readonly low: number
  readonly high: number
}

/** 97.5 % quantile of the normal distribution. */
const Z = 1.959964

/**
 * Middle of paired differences with its two-sided 95 % interval: the Hodges-Lehmann estimate (median of all means of two)
 * and the interval that belongs to Wilcoxon's signed-rank test, in its normal approximation (Hollander, Wolfe and Chicken,
 * Nonparametric Statistical Methods, 3rd ed., 3.2-3.3). A round that somebody else's work has disturbed counts as one of many.
 */
export function pairedInterval(differences: readonly number[]): Interval {
  const n = differences.length
  const means: number[] = []
  for (const [index, first] of differences.entries()) {
    for (const second of differences.slice(index)) means.push((first + second) / 2)
  }
  means.sort((a, b) => a - b)
  const rank = Math.floor((n * (n + 1)) / 4 - Z * Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24))
  const at = (index: number): number => means[Math.min(means.length - 1, Math.max(0, index))] ?? Number.NaN
  const half = means.length / 2
  return {
    estimate: (at(Math.ceil(half) - 1) + at(Math.floor(half))) / 2,
    low: at(rank - 1),
    high: at(means.length - rank),
  }
}
