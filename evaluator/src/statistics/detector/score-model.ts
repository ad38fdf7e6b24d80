import { mergeScoreRows } from '../daily/moments.ts'
import { scoreZ } from '../daily/score-z.ts'
import { SCORE_COLUMNS } from '../daily/stratum-statistics.ts'
import { firstColumn, type StreamModel } from './stream-model.ts'

/**
 * Moments of a score (its value or its rank); effects are differences of means in the baseline's pooled within-stratum
 * standard deviation unless another unit is given. With a baseline that does not vary any difference counts as infinite.
 * Moments exact, normality asymptotic (sections 4.3 and 6.3).
 */
export function scoreModel(baseline: Float64Array, deviation = pooledDeviation(baseline)): StreamModel {
  return {
    columns: SCORE_COLUMNS,
    sizes: (rows) => firstColumn(rows, SCORE_COLUMNS),
    merge: mergeScoreRows,
    observe: (today, reference) => {
      const z = scoreZ(today, reference)
      return z === null ? null : { kind: 'normal', z }
    },
    effect: (before, now) => {
      const difference = meanDifference(before, now)
      return difference === 0 ? 0 : difference / deviation
    },
  }
}

/**
 * Pooled within-stratum standard deviation: the unit of a score's effects (section 6.3). 0 where nothing varies.
 * Exact.
 */
export function pooledDeviation(baseline: Float64Array): number {
  let squares = 0
  let degreesOfFreedom = 0
  for (let i = 0; i < baseline.length; i += SCORE_COLUMNS) {
    squares += baseline[i + 2]!
    degreesOfFreedom += Math.max(0, baseline[i]! - 1)
  }
  return degreesOfFreedom > 0 ? Math.sqrt(squares / degreesOfFreedom) : 0
}

function meanDifference(before: Float64Array, now: Float64Array): number {
  let weighted = 0
  let items = 0
  for (let i = 0; i < before.length; i += SCORE_COLUMNS) {
    const n0 = before[i]!
    const n1 = now[i]! - n0
    if (n1 <= 0 || n0 <= 0) continue
    // n1 (mean after - mean before), without the products n * mean that would cancel
    weighted += now[i]! * (now[i + 1]! - before[i + 1]!)
    items += n1
  }
  return items === 0 ? 0 : weighted / items
}
