import { normalQuantileFromLog } from '../special/normal.ts'
import { logStudentCdf } from '../special/student-t.ts'

const PRIOR_PHI = 1.5
const PRIOR_RUNS = 8
const WINDOW = 90
const GAP = 5
const CLIP = 4

/** Variance inflation of z in force, and the degrees of freedom it is known with. */
export type Overdispersion = { readonly phi: number; readonly nu: number }

/**
 * phi and nu before today's run from the z of the earlier informative, accepted runs, oldest first: the latest 5 are left
 * out, the 90 before them used (section 5). Heuristic: floor and prior are choices, checked by simulation.
 */
export function overdispersion(history: readonly number[]): Overdispersion {
  const end = Math.max(0, history.length - GAP)
  const start = Math.max(0, end - WINDOW)
  let squares = 0
  for (let i = start; i < end; i++) {
    const z = Math.max(-CLIP, Math.min(CLIP, history[i]!))
    squares += z * z
  }
  const nu = PRIOR_RUNS + end - start
  return { phi: Math.max(1, (PRIOR_RUNS * PRIOR_PHI + squares) / nu), nu }
}

/**
 * g(z) = Phi^-1(T_nu(z / sqrt(phi))): odd, increasing, never larger than z, infinities stay (section 5). Exact up to
 * rounding; that phi is estimated is the heuristic.
 */
export function recalibrate(z: number, { phi, nu }: Overdispersion): number {
  if (z === 0 || !Number.isFinite(z)) return z
  const size = Math.abs(z)
  const shrunk = -normalQuantileFromLog(logStudentCdf(-size / Math.sqrt(phi), nu))
  return Math.sign(z) * shrunk
}

/**
 * The ends of a binary cell, recalibrated on the half line that an effect of this sign argues for (section 5). Exact:
 * E[e] <= 1 for independent items and for the overdispersed model.
 */
export function recalibrateEnds(
  low: number,
  high: number,
  state: Overdispersion,
  sign: 1 | -1,
): { readonly low: number; readonly high: number } {
  return {
    low: low * sign > 0 ? recalibrate(low, state) : low,
    high: high * sign > 0 ? recalibrate(high, state) : high,
  }
}
