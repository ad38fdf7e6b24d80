/** A law on the integers lowest, lowest + 1, ...; the probabilities sum to 1. */
export type DiscreteLaw = { readonly lowest: number; readonly probabilities: Float64Array }

/**
 * Law of the number of successes among `drawn` of `pool` items, `successes` of which are successes. Exact up to
 * rounding: ratios of neighbours outward from the mode, normalised at the end, so that no large logarithms cancel.
 * (Section 4.2; Fisher 1935.)
 */
export function hypergeometric(pool: number, successes: number, drawn: number): DiscreteLaw {
  const lowest = Math.max(0, drawn - (pool - successes))
  const highest = Math.min(drawn, successes)
  const probabilities = new Float64Array(highest - lowest + 1)
  const mode = Math.min(highest, Math.max(lowest, Math.floor(((drawn + 1) * (successes + 1)) / (pool + 2))))
  const failuresLeft = pool - successes - drawn
  probabilities[mode - lowest] = 1
  for (let k = mode; k < highest; k++) {
    const ratio = ((successes - k) * (drawn - k)) / ((k + 1) * (failuresLeft + k + 1))
    probabilities[k + 1 - lowest] = probabilities[k - lowest]! * ratio
  }
  for (let k = mode; k > lowest; k--) {
    const ratio = (k * (failuresLeft + k)) / ((successes - k + 1) * (drawn - k + 1))
    probabilities[k - 1 - lowest] = probabilities[k - lowest]! * ratio
  }
  return { lowest, probabilities: normalise(probabilities) }
}

/** Law of the sum of two independent variables. Exact up to rounding (section 4.2). */
export function convolve(a: DiscreteLaw, b: DiscreteLaw): DiscreteLaw {
  const probabilities = new Float64Array(a.probabilities.length + b.probabilities.length - 1)
  for (let i = 0; i < a.probabilities.length; i++) {
    const weight = a.probabilities[i]!
    if (weight === 0) continue
    for (let j = 0; j < b.probabilities.length; j++) probabilities[i + j]! += weight * b.probabilities[j]!
  }
  return { lowest: a.lowest + b.lowest, probabilities }
}

/** Scales the array in place so that it sums to 1. Exact up to rounding (section 4.2). */
export function normalise(probabilities: Float64Array): Float64Array {
  let sum = 0
  for (let i = 0; i < probabilities.length; i++) sum += probabilities[i]!
  for (let i = 0; i < probabilities.length; i++) probabilities[i]! /= sum
  return probabilities
}
