import type { Moments } from '../daily/stratum-statistics.ts'
import { studentQuantile } from '../special/student-t.ts'
import { type Interval, requireLevel } from './rate-interval.ts'

/** Student's interval of a mean, n - 1 degrees of freedom; `null` below two items. Exact for normal values (section 12). */
export function meanInterval({ n, mean, m2 }: Moments, level = 0.95): Interval | null {
  const t = (1 + requireLevel(level)) / 2
  if (n < 2) return null
  const half = studentQuantile(t, n - 1) * Math.sqrt(m2 / (n - 1) / n)
  return { lower: mean - half, upper: mean + half }
}
