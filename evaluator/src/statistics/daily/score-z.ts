import { Z_LIMIT } from './binary-z.ts'
import { SCORE_COLUMNS } from './stratum-statistics.ts'

const RELATIVE_ZERO = 1e-12

/**
 * z of today's means against the pool of every stratum. Mean 0 and variance 1 over all splits of the pool exactly,
 * normality asymptotic (section 4.3, van Elteren 1960); `null` where the pool does not vary.
 * @param today rows [n, mean, m2], a row a stratum
 * @param reference rows of the baseline and the accepted earlier runs, same length
 */
export function scoreZ(today: Float64Array, reference: Float64Array): number | null {
  let excess = 0
  let variance = 0
  let magnitude = 0
  for (let i = 0; i < today.length; i += SCORE_COLUMNS) {
    const n = today[i]!
    const m = reference[i]!
    if (n > 0) magnitude += Math.abs(today[i + 1]!)
    if (m > 0) magnitude += Math.abs(reference[i + 1]!)
    if (n === 0 || m === 0) continue
    const pool = n + m
    const delta = today[i + 1]! - reference[i + 1]!
    const m2 = today[i + 2]! + reference[i + 2]! + (delta * delta * n * m) / pool
    excess += (n * m * delta) / pool
    variance += (m2 / (pool - 1)) * n * (m / pool)
  }
  if (variance === 0 || variance <= (RELATIVE_ZERO * magnitude) ** 2) return null
  return Math.max(-Z_LIMIT, Math.min(Z_LIMIT, excess / Math.sqrt(variance)))
}
