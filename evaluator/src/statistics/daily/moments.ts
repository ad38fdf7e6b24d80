import { type Moments, SCORE_COLUMNS } from './stratum-statistics.ts'

export const NO_ITEMS: Moments = { n: 0, mean: 0, m2: 0 }

/** Count, mean and sum of squared deviations of two disjoint samples together. Exact (Chan, Golub, LeVeque 1983). */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (b.n === 0) return a.n === 0 ? NO_ITEMS : a
  if (a.n === 0) return b
  const n = a.n + b.n
  const delta = b.mean - a.mean
  return { n, mean: a.mean + (delta * b.n) / n, m2: a.m2 + b.m2 + (delta * delta * a.n * b.n) / n }
}

/**
 * Moments of a sample, by merging one value after the other. Exact up to rounding (section 3; Chan, Golub, LeVeque
 * 1983).
 */
export function momentsOf(values: Iterable<number>): Moments {
  let moments = NO_ITEMS
  for (const mean of values) moments = mergeMoments(moments, { n: 1, mean, m2: 0 })
  return moments
}

/** Unbiased variance m2 / (n - 1); undefined below two items. Exact (section 3). */
export function sampleVariance({ n, m2 }: Moments): number | undefined {
  return n < 2 ? undefined : m2 / (n - 1)
}

/**
 * The rows of two runs merged stratum by stratum, in a new array; both have the same length. Exact up to rounding
 * (section 3; Chan, Golub, LeVeque 1983).
 */
export function mergeScoreRows(reference: Float64Array, today: Float64Array): Float64Array {
  const merged = Float64Array.from(reference)
  for (let i = 0; i < merged.length; i += SCORE_COLUMNS) {
    const n2 = today[i]!
    if (n2 === 0) continue
    const n1 = merged[i]!
    const n = n1 + n2
    const delta = n1 === 0 ? 0 : today[i + 1]! - merged[i + 1]!
    merged[i] = n
    merged[i + 1] = n1 === 0 ? today[i + 1]! : merged[i + 1]! + (delta * n2) / n
    merged[i + 2] = (n1 === 0 ? 0 : merged[i + 2]!) + today[i + 2]! + (delta * delta * n1 * n2) / n
  }
  return merged
}
