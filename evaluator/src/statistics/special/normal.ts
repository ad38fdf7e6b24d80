import { ERF_LIMIT, erfNearZero, scaledErfc } from './error-function.ts'

const LOG_HALF = -Math.LN2
/** Within this distance of 0 the distribution function goes through erf. */
const CENTRE = ERF_LIMIT * Math.SQRT2
const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI)

/** Phi(x), the standard normal distribution function. Exact up to rounding, also far in the lower tail (section 3). */
export function normalCdf(x: number): number {
  const y = -x * Math.SQRT1_2
  if (Math.abs(y) <= ERF_LIMIT) return 0.5 - 0.5 * erfNearZero(y)
  return y > 0 ? 0.5 * tail(x, y) : 1 - 0.5 * tail(x, -y)
}

/** log Phi(x). Exact up to rounding for every double x; no underflow (section 3). */
export function logNormalCdf(x: number): number {
  const y = -x * Math.SQRT1_2
  if (y > ERF_LIMIT) return y === Infinity ? -Infinity : Math.log(0.5 * scaledErfc(y)) - 0.5 * x * x
  if (y >= -ERF_LIMIT) return LOG_HALF + Math.log1p(-erfNearZero(y))
  return Math.log1p(-0.5 * tail(x, -y))
}

/** log of the standard normal density. Exact up to rounding (section 3). */
export function logNormalDensity(x: number): number {
  return -0.5 * x * x - HALF_LOG_TWO_PI
}

/**
 * Phi^-1(p); 0 and 1 give the infinities. For p near 1 prefer `normalQuantileFromLog` of the upper tail, negated.
 * Exact up to rounding (section 3).
 */
export function normalQuantile(p: number): number {
  return p <= 0.5 ? normalQuantileFromLog(Math.log(p)) : -normalQuantileFromLog(Math.log1p(-p))
}

/**
 * Phi^-1(exp(lp)) for lp <= 0: Halley steps on log Phi, from -sqrt(-2 lp), which lies left of the root. Absolute error
 * about 1e-15 (section 3). -Infinity gives -Infinity, 0 gives Infinity. Exact up to rounding.
 */
export function normalQuantileFromLog(lp: number): number {
  if (lp > LOG_HALF) return -normalQuantileFromLog(Math.log(-Math.expm1(lp)))
  if (lp === -Infinity) return -Infinity
  let z = -Math.sqrt(-2 * lp)
  for (let i = 0; i < 50; i++) {
    const logCdf = logNormalCdf(z)
    const hazard = Math.exp(logNormalDensity(z) - logCdf)
    const newton = (logCdf - lp) / hazard
    // (log Phi)'' = -hazard (z + hazard)
    const step = newton / (1 + 0.5 * newton * (z + hazard))
    z -= step
    if (Math.abs(step) <= 4e-16 * Math.max(1, Math.abs(z))) break
  }
  return z
}

/** log(Phi(y) - Phi(x)) for x < y, stable in both tails; infinite ends allowed (section 3). Exact up to rounding. */
export function logNormalInterval(x: number, y: number): number {
  if (x > 0) return logNormalInterval(-y, -x)
  if (x === -Infinity) return logNormalCdf(y)
  if (y === Infinity) return logNormalCdf(-x)
  if (y < -CENTRE) {
    // both ends in the lower tail: the common exponent of the nearer one is taken out
    const ratio = Math.exp(0.5 * (y - x) * (y + x))
    return Math.log(0.5 * (scaledErfc(-y * Math.SQRT1_2) - scaledErfc(-x * Math.SQRT1_2) * ratio)) - 0.5 * y * y
  }
  if (y > CENTRE) return Math.log1p(-normalCdf(-y) - normalCdf(x))
  return Math.log(normalCdf(y) - normalCdf(x))
}

/** erfc(y) for y = |x| / sqrt 2 beyond the central interval, through x so that the exponent is not rounded twice. */
function tail(x: number, y: number): number {
  return y === Infinity ? 0 : scaledErfc(y) * Math.exp(-0.5 * x * x)
}
