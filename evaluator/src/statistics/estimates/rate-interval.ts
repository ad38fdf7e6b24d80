import { betaQuantile } from '../special/beta.ts'
import { normalQuantile } from '../special/normal.ts'
import { StatisticsError } from '../statistics-error.ts'

export type Interval = { readonly lower: number; readonly upper: number }

/** Wilson's score interval of a rate x / n, for display (Wilson 1927). Asymptotic; [0, 1] for n = 0. */
export function wilson(x: number, n: number, level = 0.95): Interval {
  requireCounts(x, n)
  if (n === 0) return { lower: 0, upper: 1 }
  const z = normalQuantile((1 + requireLevel(level)) / 2)
  const p = x / n
  const centre = p + (z * z) / (2 * n)
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))
  const scale = 1 + (z * z) / n
  return { lower: x === 0 ? 0 : (centre - half) / scale, upper: x === n ? 1 : (centre + half) / scale }
}

/** Clopper and Pearson's interval of a rate, for contractual statements (1934). Exact: covers at least `level`. */
export function clopperPearson(x: number, n: number, level = 0.95): Interval {
  requireCounts(x, n)
  const outside = (1 - requireLevel(level)) / 2
  return {
    lower: x === 0 ? 0 : betaQuantile(x, n - x + 1, outside),
    upper: x === n ? 1 : betaQuantile(x + 1, n - x, 1 - outside),
  }
}

/** The level itself; throws unless it lies strictly between 0 and 1. */
export function requireLevel(level: number): number {
  if (!(level > 0 && level < 1))
    throw new StatisticsError(
      'statistics_argument_invalid',
      `The level is ${level}: give a share between 0 and 1, such as 0.95.`,
    )
  return level
}

function requireCounts(x: number, n: number): void {
  if (!(Number.isInteger(n) && Number.isInteger(x) && x >= 0 && x <= n))
    throw new StatisticsError(
      'statistics_argument_invalid',
      `A rate of ${x} of ${n}: both must be whole numbers with 0 <= x <= n.`,
    )
}
