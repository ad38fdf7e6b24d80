import { logIncompleteGamma } from '../special/gamma.ts'
import { normalQuantileFromLog } from '../special/normal.ts'
import { Z_LIMIT } from './binary-z.ts'

const RELATIVE_PIVOT = 1e-10

export type ShapeStatistic = { readonly chiSquare: number; readonly degreesOfFreedom: number }

/**
 * Stratified chi-square of today's bins against the pool. Moments exact under exchangeability inside strata, chi-square
 * law asymptotic (section 4.4, generalised Mantel-Haenszel 1959). Empty and linearly dependent bins drop out.
 * @param today rows of `bins` counts, a row a stratum
 * @param reference rows of the baseline and the accepted earlier runs, same length
 */
export function shapeChiSquare(today: Float64Array, reference: Float64Array, bins: number): ShapeStatistic {
  const excess = new Float64Array(bins)
  const covariance = new Float64Array(bins * bins)
  for (let row = 0; row < today.length; row += bins) addStratum(today, reference, row, excess, covariance)
  return eliminate(excess, covariance)
}

/**
 * The chi-square's upper tail as a z, large where the shape differs; `null` without a degree of freedom. Asymptotic in
 * the expected counts of the bins (section 4.4).
 */
export function shapeZ(today: Float64Array, reference: Float64Array, bins: number): number | null {
  const { chiSquare, degreesOfFreedom } = shapeChiSquare(today, reference, bins)
  if (degreesOfFreedom === 0) return null
  const { lower, upper } = logIncompleteGamma(degreesOfFreedom / 2, chiSquare / 2)
  const z = upper < -Math.LN2 ? -normalQuantileFromLog(upper) : normalQuantileFromLog(lower)
  return Math.max(-Z_LIMIT, Math.min(Z_LIMIT, z))
}

function addStratum(
  today: Float64Array,
  reference: Float64Array,
  row: number,
  excess: Float64Array,
  covariance: Float64Array,
): void {
  const bins = excess.length
  let n = 0
  let m = 0
  for (let b = 0; b < bins; b++) {
    n += today[row + b]!
    m += reference[row + b]!
  }
  if (n === 0 || m === 0) return
  const pool = n + m
  const scale = (n * m) / (pool - 1)
  for (let b = 0; b < bins; b++) {
    const p = (today[row + b]! + reference[row + b]!) / pool
    excess[b]! += today[row + b]! - n * p
    for (let c = 0; c < bins; c++) {
      const q = (today[row + c]! + reference[row + c]!) / pool
      covariance[b * bins + c]! += scale * ((b === c ? p : 0) - p * q)
    }
  }
}

/** r' C^- r by elimination in the order of the bins; changes its arguments. */
function eliminate(excess: Float64Array, covariance: Float64Array): ShapeStatistic {
  const bins = excess.length
  const start = Float64Array.from(excess, (_value, b) => covariance[b * bins + b]!)
  let chiSquare = 0
  let degreesOfFreedom = 0
  for (let i = 0; i < bins; i++) {
    const pivot = covariance[i * bins + i]!
    if (start[i]! <= 0 || pivot <= RELATIVE_PIVOT * start[i]!) continue
    chiSquare += (excess[i]! * excess[i]!) / pivot
    degreesOfFreedom++
    for (let j = i + 1; j < bins; j++) {
      const factor = covariance[j * bins + i]! / pivot
      excess[j]! -= factor * excess[i]!
      for (let k = i + 1; k < bins; k++) covariance[j * bins + k]! -= factor * covariance[i * bins + k]!
    }
  }
  return { chiSquare, degreesOfFreedom }
}
