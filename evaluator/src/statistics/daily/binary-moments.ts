import { Z_LIMIT } from './binary-z.ts'
import { BINARY_COLUMNS } from './stratum-statistics.ts'

const EXACT_UP_TO_ITEMS = 500
const ENOUGH_OF_EACH_KIND = 50

/**
 * Whether a run is so large that the normal form of its law is used in place of the convolution (section 18).
 * Heuristic in both limits.
 */
export function isLargeRun(today: Float64Array, reference: Float64Array): boolean {
  let items = 0
  let successes = 0
  let failures = 0
  for (let i = 0; i < today.length; i += BINARY_COLUMNS) {
    if (today[i] === 0 || reference[i] === 0) continue
    const inStratum = today[i + 1]! + reference[i + 1]!
    items += today[i]!
    successes += inStratum
    failures += today[i]! + reference[i]! - inStratum
  }
  return items > EXACT_UP_TO_ITEMS && Math.min(successes, failures) >= ENOUGH_OF_EACH_KIND
}

/**
 * z of today's successes from their mean and variance over all splits of the pool: the score form on 0/1 values.
 * Exact moments, asymptotic normality (sections 4.3 and 18). `null` where the pool has one kind only.
 */
export function binaryMomentZ(today: Float64Array, reference: Float64Array): number | null {
  let excess = 0
  let variance = 0
  for (let i = 0; i < today.length; i += BINARY_COLUMNS) {
    const drawn = today[i]!
    const inReference = reference[i]!
    if (drawn === 0 || inReference === 0) continue
    const pool = drawn + inReference
    const share = (today[i + 1]! + reference[i + 1]!) / pool
    excess += today[i + 1]! - drawn * share
    variance += ((pool * share * (1 - share)) / (pool - 1)) * drawn * (inReference / pool)
  }
  return variance === 0 ? null : Math.max(-Z_LIMIT, Math.min(Z_LIMIT, excess / Math.sqrt(variance)))
}
