const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI)
const STIRLING_FROM = 10

/**
 * log Gamma(x), x > 0: Stirling's series, shifted up to x >= 10. Relative error about 1e-15 (section 3). Exact up to
 * rounding (Abramowitz and Stegun 6.1.41).
 */
export function logGamma(x: number): number {
  let shifted = x
  let product = 1
  while (shifted < STIRLING_FROM) product *= shifted++
  return (
    (shifted - 0.5) * Math.log(shifted) - shifted + HALF_LOG_TWO_PI + stirlingRemainder(shifted) - Math.log(product)
  )
}

/**
 * log Gamma(x) - [(x - 1/2) log x - x + log(2 pi)/2] for x >= 10 (Abramowitz and Stegun 6.1.41); error below 1e-17.
 * Exact up to rounding.
 */
export function stirlingRemainder(x: number): number {
  const s = 1 / (x * x)
  return (
    (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - s * (691 / 360360 - s * (1 / 156))))))) / x
  )
}

/**
 * log P(a, x) and log Q(a, x), the regularised incomplete gamma functions; series below a + 1, continued fraction
 * above. Exact up to rounding (section 3; Abramowitz and Stegun 6.5.29 and 6.5.31).
 */
export function logIncompleteGamma(a: number, x: number): { lower: number; upper: number } {
  if (x <= 0) return { lower: -Infinity, upper: 0 }
  if (x === Infinity) return { lower: 0, upper: -Infinity }
  const logFront = a * Math.log(x) - x - logGamma(a)
  if (x < a + 1) {
    const lower = Math.min(0, logFront + Math.log(lowerSeries(a, x)))
    return { lower, upper: Math.log(-Math.expm1(lower)) }
  }
  const upper = Math.min(0, logFront + Math.log(upperFraction(a, x)))
  return { lower: Math.log1p(-Math.exp(upper)), upper }
}

/** log P(chi-square with df degrees of freedom > x). Exact up to rounding, no underflow. (Section 4.4.) */
export function logChiSquareUpper(x: number, df: number): number {
  return logIncompleteGamma(df / 2, x / 2).upper
}

/** log P(chi-square with df degrees of freedom < x). Exact up to rounding, no underflow. (Section 4.4.) */
export function logChiSquareLower(x: number, df: number): number {
  return logIncompleteGamma(df / 2, x / 2).lower
}

/**
 * The x that a chi-square with df degrees of freedom exceeds with probability 1 - p, by bisection. Exact up to
 * rounding (section 14).
 */
export function chiSquareQuantile(p: number, df: number): number {
  const logP = Math.log(p)
  const logQ = Math.log1p(-p)
  const isBelow = (x: number): boolean => (p < 0.5 ? logChiSquareLower(x, df) < logP : logChiSquareUpper(x, df) > logQ)
  let low = 0
  let high = Math.max(1, df)
  while (isBelow(high)) high *= 2
  for (;;) {
    const middle = (low + high) / 2
    if (middle <= low || middle >= high) return middle
    if (isBelow(middle)) low = middle
    else high = middle
  }
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let n = 1; n < 10_000 && term > sum * 1e-17; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum
}

/** Lentz's evaluation of the continued fraction 1/(x+1-a- 1(1-a)/(x+3-a- 2(2-a)/(x+5-a- ...))). */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1e300
  let d = 1 / b
  let value = d
  for (let n = 1; n < 10_000; n++) {
    const coefficient = -n * (n - a)
    b += 2
    d = 1 / nonZero(coefficient * d + b)
    c = nonZero(b + coefficient / c)
    const factor = c * d
    value *= factor
    if (Math.abs(factor - 1) < 1e-16) break
  }
  return value
}

function nonZero(x: number): number {
  return x === 0 ? 1e-300 : x
}
