import { type Interval, wilson } from './rate-interval.ts'

/** x of n of each sample. */
export type Rate = { readonly x: number; readonly n: number }

/**
 * Difference a - b of two independent rates with Newcombe's hybrid score interval (1998, method 10): Wilson's limits of both,
 * combined. Asymptotic; stays inside [-1, 1] and is honest near 0 and 1. Undefined where a sample is empty.
 */
export function rateDifference(
  a: Rate,
  b: Rate,
  level = 0.95,
): (Interval & { readonly difference: number }) | undefined {
  if (a.n === 0 || b.n === 0) return undefined
  const [p, q] = [a.x / a.n, b.x / b.n]
  const [one, two] = [wilson(a.x, a.n, level), wilson(b.x, b.n, level)]
  return {
    difference: p - q,
    lower: p - q - Math.hypot(p - one.lower, two.upper - q),
    upper: p - q + Math.hypot(one.upper - p, q - two.lower),
  }
}
