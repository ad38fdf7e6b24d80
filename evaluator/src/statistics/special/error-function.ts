/*
 * Rational Chebyshev approximations of W. J. Cody, "Rational Chebyshev approximations for the error function",
 * Mathematics of Computation 23 (1969), relative error below 1e-16 in each interval.
 */
const ERF_P = [0.18577770618460315, 3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694]
const ERF_Q = [1, 23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171]
const MIDDLE_P = [
  2.1531153547440383e-8, 0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769,
  1712.0476126340707, 2051.0783778260716, 1230.3393547979972,
]
const MIDDLE_Q = [
  1, 15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597,
  4362.619090143247, 3439.3676741437216, 1230.3393548037495,
]
const TAIL_P = [
  0.016315387137302097, 0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275,
  0.0006587491615298378,
]
const TAIL_Q = [
  1, 2.568520192289822, 1.8729528499234604, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918,
]

const INVERSE_SQRT_PI = 1 / Math.sqrt(Math.PI)

/** Up to here `erf` is the accurate form, beyond it `scaledErfc`. */
export const ERF_LIMIT = 0.46875

/** erf(y) for |y| <= 0.46875. Exact up to rounding (Cody 1969). */
export function erfNearZero(y: number): number {
  const square = y * y
  return (y * polynomial(ERF_P, square)) / polynomial(ERF_Q, square)
}

/** exp(y^2) erfc(y) for y >= 0.46875: the error function's tail without its underflow. Exact up to rounding (Cody 1969). */
export function scaledErfc(y: number): number {
  if (y <= 4) return polynomial(MIDDLE_P, y) / polynomial(MIDDLE_Q, y)
  const inverseSquare = 1 / (y * y)
  const correction = (inverseSquare * polynomial(TAIL_P, inverseSquare)) / polynomial(TAIL_Q, inverseSquare)
  return (INVERSE_SQRT_PI - correction) / y
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = coefficients[0]!
  for (let i = 1; i < coefficients.length; i++) value = value * x + coefficients[i]!
  return value
}
