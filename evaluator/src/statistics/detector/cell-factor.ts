import { logNormalInterval } from '../special/normal.ts'

/** Below this width both logarithms of an interval lose more digits than the midpoint form does. */
const NARROW = 1e-6

/**
 * log of [Phi(high - mu) - Phi(low - mu)] / [Phi(high) - Phi(low)]: the evidence of a binary cell for a shift mu, which is
 * the average of exp(mu z - mu^2/2) over the cell. Exact (section 4.2).
 * `logWidth` is logNormalInterval(low, high), shared by all mu of a run.
 */
export function logCellFactor(low: number, high: number, logWidth: number, mu: number): number {
  if (high - low < NARROW) return mu * 0.5 * (low + high) - 0.5 * mu * mu
  return logNormalInterval(low - mu, high - mu) - logWidth
}
