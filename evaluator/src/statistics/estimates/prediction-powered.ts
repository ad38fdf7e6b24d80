import { momentsOf, sampleVariance } from '../daily/moments.ts'
import { normalQuantile } from '../special/normal.ts'
import { StatisticsError } from '../statistics-error.ts'
import { type Interval, requireLevel } from './rate-interval.ts'

/**
 * Intervals under-cover below this number of labels: show them as unreliable. Heuristic: coverage .79 to .90 in
 * simulations with 30 to 50 labels (section 2).
 */
export const RELIABLE_LABELS = 100

/** One item that a reviewer labelled and the judge scored. */
export type LabelledItem = { readonly human: number; readonly judge: number }

export type LabelledEstimate = Interval & {
  readonly estimate: number
  readonly error: number
  /** Weight of the judge's values, 0 (labels only) to 1. */
  readonly lambda: number
  readonly isReliable: boolean
}

/**
 * Mean of the human label from few labels and many judged items: PPI++ with a weight that an unrelated judge brings to 0
 * (Angelopoulos et al. 2311.01453; section 11). Asymptotic. `null` without a label; with one label the error is infinite.
 * @param labelled uniformly sampled items with both values
 * @param judgedOnly the judge's values of the other items
 */
export function ppiPlusPlus(
  labelled: readonly LabelledItem[],
  judgedOnly: readonly number[],
  level = 0.95,
): LabelledEstimate | null {
  requireFinite([...labelled.flatMap(({ human, judge }) => [human, judge]), ...judgedOnly])
  const z = normalQuantile((1 + requireLevel(level)) / 2)
  const n = labelled.length
  if (n === 0) return null
  const lambda = judgeWeight(labelled, judgedOnly.length)
  const rectified = momentsOf(labelled.map(({ human, judge }) => human - lambda * judge))
  const judged = momentsOf(judgedOnly)
  const estimate = rectified.mean + (lambda > 0 ? lambda * judged.mean : 0)
  const labelVariance = (sampleVariance(rectified) ?? Infinity) / n
  const judgeVariance = lambda > 0 ? (lambda * lambda * sampleVariance(judged)!) / judged.n : 0
  const error = Math.sqrt(labelVariance + judgeVariance)
  return {
    estimate,
    error,
    lambda,
    lower: estimate - z * error,
    upper: estimate + z * error,
    isReliable: n >= RELIABLE_LABELS,
  }
}

function judgeWeight(labelled: readonly LabelledItem[], judgedOnly: number): number {
  const n = labelled.length
  const human = momentsOf(labelled.map((item) => item.human))
  const judge = momentsOf(labelled.map((item) => item.judge))
  if (n < 2 || judgedOnly < 2 || judge.m2 === 0) return 0
  const products = labelled.reduce((sum, item) => sum + (item.human - human.mean) * (item.judge - judge.mean), 0)
  return Math.max(0, Math.min(1, products / judge.m2 / (1 + n / judgedOnly)))
}

function requireFinite(values: readonly number[]): void {
  const bad = values.find((value) => !Number.isFinite(value))
  if (bad !== undefined)
    throw new StatisticsError(
      'statistics_argument_invalid',
      `A label or judge value is ${bad}: leave items without a finite value out.`,
    )
}
