import { StatisticsError } from '../statistics-error.ts'

const SHAPE_PROBABILITIES = [0.2, 0.4, 0.6, 0.8]

/**
 * The rank transform of a score, fixed when the baseline is frozen: u(x) = (#{b < x} + #{b <= x}) / (2 n0), the mid-rank
 * in [0, 1] (section 4.1). Exact.
 */
export function rankTransform(baseline: readonly number[]): (value: number) => number {
  const sorted = sortedFinite(baseline)
  return (value) => (countBelow(sorted, value) + countUpTo(sorted, value)) / (2 * sorted.length)
}

/** Quantile of a sorted sample by linear interpolation (type 7 of Hyndman and Fan 1996). Exact. */
export function quantileOfSorted(sorted: ArrayLike<number>, probability: number): number {
  const position = (sorted.length - 1) * probability
  const index = Math.floor(position)
  const low = sorted[index]!
  const high = sorted[Math.min(index + 1, sorted.length - 1)]!
  return low + (high - low) * (position - index)
}

/** The four cuts of the shape stream: baseline quantiles 0.2, 0.4, 0.6, 0.8 (section 4.1). Exact. */
export function shapeCuts(baseline: readonly number[]): number[] {
  const sorted = sortedFinite(baseline)
  return SHAPE_PROBABILITIES.map((probability) => quantileOfSorted(sorted, probability))
}

/** Bin of a value: the number of cuts strictly below it, 0 to cuts.length. Exact (section 4.1). */
export function shapeBin(cuts: readonly number[], value: number): number {
  let bin = 0
  for (const cut of cuts) if (value > cut) bin++
  return bin
}

function sortedFinite(values: readonly number[]): Float64Array {
  if (values.length === 0 || !values.every(Number.isFinite)) {
    const problem = values.length === 0 ? 'no value' : `the value ${values.find((value) => !Number.isFinite(value))}`
    throw new StatisticsError(
      'statistics_baseline_invalid',
      `The baseline of a score has ${problem}: freeze it from one or more finite numbers and leave missing scores out.`,
    )
  }
  return Float64Array.from(values).sort()
}

function countBelow(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

function countUpTo(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}
