import { logGamma, stirlingRemainder } from './gamma.ts'

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI)
const LARGE = 10

/**
 * log B(a, b), a, b > 0. Exact up to rounding; large arguments go through Stirling remainders, without cancellation.
 * (Section 3; Abramowitz and Stegun 6.2.2.)
 */
export function logBeta(a: number, b: number): number {
  const small = Math.min(a, b)
  const large = Math.max(a, b)
  const sum = small + large
  if (small >= LARGE) {
    const remainder = stirlingRemainder(small) + stirlingRemainder(large) - stirlingRemainder(sum)
    const ratios = (small - 0.5) * Math.log(small / sum) + large * Math.log1p(-small / sum)
    return HALF_LOG_TWO_PI - 0.5 * Math.log(large) + remainder + ratios
  }
  if (large >= LARGE) {
    const remainder = stirlingRemainder(large) - stirlingRemainder(sum)
    return logGamma(small) + remainder + small * (1 - Math.log(sum)) + (large - 0.5) * Math.log1p(-small / sum)
  }
  return logGamma(small) + logGamma(large) - logGamma(sum)
}

export type IncompleteBetaLogs = { readonly lower: number; readonly upper: number }

/**
 * log I_x(a, b) and log(1 - I_x(a, b)), the regularised incomplete beta function, both tails exact up to rounding and
 * without underflow. `complement` is 1 - x: give it where it is known better than by subtraction.
 * Source: continued fraction of Didonato and Morris, on the side where it converges fast.
 */
export function logIncompleteBeta(a: number, b: number, x: number, complement = 1 - x): IncompleteBetaLogs {
  if (x <= 0) return { lower: -Infinity, upper: 0 }
  if (complement <= 0) return { lower: 0, upper: -Infinity }
  const logFront = logKernel(a, b, x, complement)
  if (x * (a + b + 2) <= a + 1) {
    const lower = Math.min(0, logFront - Math.log(a) + Math.log(fraction(a, b, x)))
    return { lower, upper: logComplement(lower) }
  }
  const upper = Math.min(0, logFront - Math.log(b) + Math.log(fraction(b, a, complement)))
  return { lower: logComplement(upper), upper }
}

/** The x with I_x(a, b) = p, by bisection; absolute error about 1e-16. Exact up to rounding (section 12). */
export function betaQuantile(a: number, b: number, p: number): number {
  const logP = Math.log(p)
  const logQ = Math.log1p(-p)
  let low = 0
  let high = 1
  for (let i = 0; i < 1100 && high - low > 1e-16 * high; i++) {
    const middle = (low + high) / 2
    const { lower, upper } = logIncompleteBeta(a, b, middle)
    const below = p < 0.5 ? lower < logP : upper > logQ
    if (below) low = middle
    else high = middle
    if (middle === (low + high) / 2) break
  }
  return (low + high) / 2
}

/** log(1 - exp(v)) for v <= 0. */
function logComplement(v: number): number {
  return v > -Math.LN2 ? Math.log(-Math.expm1(v)) : Math.log1p(-Math.exp(v))
}

/** log(x^a (1-x)^b / B(a, b)); for large a and b as a deviation from the mode, so that huge terms never cancel. */
function logKernel(a: number, b: number, x: number, complement: number): number {
  if (a < LARGE || b < LARGE) return a * logOf(x, complement) + b * logOf(complement, x) - logBeta(a, b)
  const sum = a + b
  const deviation = x * b - a * complement
  const remainder = stirlingRemainder(a) + stirlingRemainder(b) - stirlingRemainder(sum)
  const ratios = a * logOnePlus(deviation / a, (x * sum) / a) + b * logOnePlus(-deviation / b, (complement * sum) / b)
  return ratios + 0.5 * Math.log((a / sum) * b) - HALF_LOG_TWO_PI - remainder
}

function logOf(x: number, complement: number): number {
  return x > 0.5 ? Math.log1p(-complement) : Math.log(x)
}

function logOnePlus(difference: number, ratio: number): number {
  return Math.abs(difference) < 0.5 ? Math.log1p(difference) : Math.log(ratio)
}

/** Lentz's evaluation of the continued fraction of I_x(a, b) a B(a, b) / (x^a (1-x)^b). */
function fraction(a: number, b: number, x: number): number {
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m < 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonZero(1 + even * d)
    c = nonZero(1 + even / c)
    value *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonZero(1 + odd * d)
    c = nonZero(1 + odd / c)
    const factor = d * c
    value *= factor
    if (Math.abs(factor - 1) < 3e-16) break
  }
  return value
}

function nonZero(x: number): number {
  return x === 0 ? 1e-300 : x
}
