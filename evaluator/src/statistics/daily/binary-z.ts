import { normalQuantile } from '../special/normal.ts'
import { convolve, type DiscreteLaw, hypergeometric, normalise } from './hypergeometric.ts'
import { BINARY_COLUMNS } from './stratum-statistics.ts'

/** Every z, and every finite end of a cell, is clipped to this (section 2). */
export const Z_LIMIT = 40

/** Today's total of successes as a cell of the standard normal scale. */
export type BinaryCell = {
  readonly below: number
  readonly at: number
  readonly above: number
  /** Ends of the cell; -Infinity and Infinity at the ends of the support. */
  readonly low: number
  readonly high: number
  /** Mid-probability z: for display and for the history of z. */
  readonly z: number
}

/**
 * Cell of today's total successes, given the pool of every stratum. Exact conditional law under exchangeability inside
 * strata (section 4.2); `null` where the margins leave one outcome only.
 * @param today rows [n, x], a row a stratum
 * @param reference rows [n, x] of the baseline and the accepted earlier runs, same length
 */
export function binaryCell(today: Float64Array, reference: Float64Array): BinaryCell | null {
  const { lowest, probabilities } = totalSuccessesLaw(today, reference)
  if (probabilities.length === 1) return null
  let total = 0
  for (let i = 0; i < today.length; i += BINARY_COLUMNS) total += today[i + 1]!
  const index = total - lowest
  const at = probabilities[index]!
  let below = 0
  for (let k = 0; k < index; k++) below += probabilities[k]!
  let above = 0
  for (let k = probabilities.length - 1; k > index; k--) above += probabilities[k]!
  return {
    below,
    at,
    above,
    low: index === 0 ? -Infinity : clippedQuantile(below, above + at),
    high: index === probabilities.length - 1 ? Infinity : clippedQuantile(below + at, above),
    z: clippedQuantile(below + at / 2, above + at / 2),
  }
}

function totalSuccessesLaw(today: Float64Array, reference: Float64Array): DiscreteLaw {
  let law: DiscreteLaw = { lowest: 0, probabilities: Float64Array.of(1) }
  let forced = 0
  for (let i = 0; i < today.length; i += BINARY_COLUMNS) {
    const drawn = today[i]!
    const inReference = reference[i]!
    const pool = drawn + inReference
    const successes = today[i + 1]! + reference[i + 1]!
    if (drawn === 0 || successes === 0) continue
    // the margins force the outcome
    if (successes === pool || inReference === 0) forced += today[i + 1]!
    else law = convolve(law, hypergeometric(pool, successes, drawn))
  }
  return { lowest: law.lowest + forced, probabilities: normalise(law.probabilities) }
}

/** Phi^-1 of a probability given with its complement, from the smaller of the two. */
function clippedQuantile(lower: number, upper: number): number {
  return lower < 0.5 ? Math.max(-Z_LIMIT, normalQuantile(lower)) : Math.min(Z_LIMIT, -normalQuantile(upper))
}
