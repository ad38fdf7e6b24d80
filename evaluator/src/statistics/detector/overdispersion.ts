import { normalQuantileFromLog } from '../special/normal.ts'
import { logStudentCdf } from '../special/student-t.ts'

/** What is believed of the variance inflation of z before a stream has a history, and for how many runs that counts. */
export type OverdispersionPrior = { readonly phi: number; readonly runs: number }

const PRIOR: OverdispersionPrior = { phi: 1.5, runs: 8 }
/**
 * For replay: the inputs are the same every day and each is compared with itself, so that who asks what on which day, most of
 * a production day's effect, is not there (section 8). What the agent then shows of itself is still learned.
 */
export const REPLAY_PRIOR: OverdispersionPrior = { phi: 1, runs: 30 }
const WINDOW = 90
const GAP = 5
const CLIP = 4

/** Variance inflation of z in force, and the degrees of freedom it is known with. */
export type Overdispersion = { readonly phi: number; readonly nu: number }

/**
 * phi and nu before today's run from the z of the earlier informative, accepted runs, oldest first: the latest 5 are left
 * out, the 90 before them used (section 5). Heuristic: floor and prior are choices, checked by simulation.
 */
export function overdispersion(history: readonly number[], prior = PRIOR): Overdispersion {
  const end = Math.max(0, history.length - GAP)
  const start = Math.max(0, end - WINDOW)
  let squares = 0
  for (let i = start; i < end; i++) {
    const z = Math.max(-CLIP, Math.min(CLIP, history[i]!))
    squares += z * z
  }
  const nu = prior.runs + end - start
  return { phi: Math.max(1, (prior.runs * prior.phi + squares) / nu), nu }
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
