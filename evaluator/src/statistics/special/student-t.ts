import { logIncompleteBeta } from './beta.ts'

/** log T_nu(t), Student's distribution function, accurate in the lower tail. Exact up to rounding (section 3). */
export function logStudentCdf(t: number, nu: number): number {
  const lower = logLowerTail(Math.abs(t), nu)
  return t <= 0 ? lower : Math.log1p(-Math.exp(lower))
}

/** T_nu(t). Exact up to rounding (section 3; Abramowitz and Stegun 26.7.1). */
export function studentCdf(t: number, nu: number): number {
  const lower = Math.exp(logLowerTail(Math.abs(t), nu))
  return t <= 0 ? lower : 1 - lower
}

/**
 * The t with T_nu(t) = p, 0 < p < 1, by bisection on the log tail; relative error about 1e-15. Exact up to rounding
 * (section 3).
 */
export function studentQuantile(p: number, nu: number): number {
  if (p === 0.5) return 0
  const logTail = p < 0.5 ? Math.log(p) : Math.log1p(-p)
  let low = 0
  let high = 1
  while (logLowerTail(high, nu) > logTail) high *= 2
  for (;;) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) break
    if (logLowerTail(middle, nu) > logTail) low = middle
    else high = middle
  }
  return p < 0.5 ? -low : low
}

/** log T_nu(-x) = log(1/2) + log I_{nu/(nu+x^2)}(nu/2, 1/2), x >= 0. */
function logLowerTail(x: number, nu: number): number {
  const square = x * x
  if (square === Infinity) return -Infinity
  return -Math.LN2 + logIncompleteBeta(nu / 2, 0.5, nu / (nu + square), square / (nu + square)).lower
}
