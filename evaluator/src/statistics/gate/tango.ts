import { normalQuantile } from '../special/normal.ts'

/** Inputs of a paired comparison: passed before and fails now, the reverse, and all. */
export type PairedCounts = { readonly worse: number; readonly better: number; readonly n: number }

/** Score statistic of "the candidate's rate minus the baseline's is theta" for paired rates (Tango 1998). Asymptotic. */
export function tango({ worse, better, n }: PairedCounts, theta: number): number {
  const a = 2 * n
  const b = -better - worse + (2 * n - better + worse) * theta
  const c = -worse * theta * (1 - theta)
  const q = (Math.sqrt(Math.max(0, b * b - 4 * a * c)) - b) / (2 * a)
  const variance = n * (2 * q + theta * (1 - theta))
  const difference = better - worse - n * theta
  if (variance <= 0) return difference === 0 ? 0 : Math.sign(difference) * Infinity
  return difference / Math.sqrt(variance)
}

/** Lower one-sided confidence limit of the difference of paired rates, by bisection of Tango's statistic. Asymptotic. */
export function tangoLower(counts: PairedCounts, alpha = 0.05): number {
  const critical = -normalQuantile(alpha)
  let low = -1
  let high = (counts.better - counts.worse) / counts.n
  if (tango(counts, low + 1e-12) <= critical) return -1
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2
    if (tango(counts, middle) > critical) low = middle
    else high = middle
  }
  return (low + high) / 2
}
