import { momentsOf, sampleVariance } from '../daily/moments.ts'
import { StatisticsError } from '../statistics-error.ts'
import { mcnemar } from './mcnemar.ts'
import { signFlip } from './sign-flip.ts'
import { type PairedCounts, tangoLower } from './tango.ts'

/** `inconclusive` has an exit code of its own: too few inputs to say either. */
export type GateVerdict = 'pass' | 'fail' | 'inconclusive'

export type GateResult = {
  readonly verdict: GateVerdict
  /** Exact p of "the candidate is worse". */
  readonly pWorse: number
  /** Inputs with which the gate would decide; `null` where the sample does not tell. */
  readonly inputsNeeded: number | null
}

/** 1.645 + 1.2816: one-sided 5 % with 90 % power. */
const DECIDING_Z = 2.93

/**
 * Non-inferiority of a candidate on the same inputs, pass or fail each (section 13): passes when Tango's lower limit of
 * the difference of rates lies above -margin (asymptotic), fails when McNemar's p is at most alpha (exact).
 * @param margin points, 0.02 being 2
 * @param alpha per metric: divide by the number of metrics where any failure fails the gate
 */
export function gateBinary(
  counts: PairedCounts,
  margin: number,
  alpha = 0.05,
): GateResult & { readonly lower: number } {
  const { worse, better, n } = counts
  if (![worse, better, n].every((count) => Number.isInteger(count) && count >= 0) || worse + better > n)
    throw new StatisticsError(
      'statistics_argument_invalid',
      `The gate has ${worse} worse and ${better} better of ${n} inputs: give whole numbers with worse + better <= n.`,
    )
  requireMargin(margin, alpha)
  if (n === 0) return { verdict: 'inconclusive', pWorse: 1, lower: -1, inputsNeeded: null }
  const lower = tangoLower(counts, alpha)
  const pWorse = mcnemar(worse, better)
  const verdict = lower > -margin ? 'pass' : pWorse <= alpha ? 'fail' : 'inconclusive'
  return { verdict, pWorse, lower, inputsNeeded: inputsNeeded(Math.sqrt((worse + better) / n), margin) }
}

/**
 * Non-inferiority of a candidate by a score: passes when the sign-flip p of difference + margin is at most alpha, fails
 * when that of "worse" is (section 13). Exact for differences symmetric about their centre.
 * @param differences candidate minus baseline for each input, oriented so that positive is better
 * @param margin in the unit of the score
 * @param seed of the sign draws, the same for both tests
 */
export function gateScore(
  differences: readonly number[],
  margin: number,
  alpha = 0.05,
  seed = 1,
): GateResult & { readonly pNonInferior: number } {
  const bad = differences.find((value) => !Number.isFinite(value))
  if (bad !== undefined)
    throw new StatisticsError(
      'statistics_argument_invalid',
      `A difference is ${bad}: leave inputs without both scores out.`,
    )
  requireMargin(margin, alpha)
  const pNonInferior = signFlip(
    differences.map((value) => value + margin),
    seed,
  )
  const pWorse = signFlip(
    differences.map((value) => -value),
    seed,
  )
  const verdict = pNonInferior <= alpha ? 'pass' : pWorse <= alpha ? 'fail' : 'inconclusive'
  const variance = sampleVariance(momentsOf(differences))
  return {
    verdict,
    pNonInferior,
    pWorse,
    inputsNeeded: variance === undefined ? null : inputsNeeded(Math.sqrt(variance), margin),
  }
}

function inputsNeeded(deviation: number, margin: number): number | null {
  return margin > 0 && deviation > 0 ? Math.ceil(((DECIDING_Z * deviation) / margin) ** 2) : null
}

function requireMargin(margin: number, alpha: number): void {
  if (!(margin >= 0 && margin < Infinity))
    throw new StatisticsError(
      'statistics_argument_invalid',
      `The margin is ${margin}: it must be a finite number of at least 0.`,
    )
  if (!(alpha > 0 && alpha < 1))
    throw new StatisticsError(
      'statistics_argument_invalid',
      `alpha is ${alpha}: give a probability between 0 and 1, such as 0.05.`,
    )
}
