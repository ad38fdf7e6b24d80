import { EFFECT_GRID, WORSE_SHARE } from '../detector/effect-prior.ts'
import { launchLump, threshold } from '../detector/threshold.ts'
import { logSumExp } from '../special/log-sum-exp.ts'
import { normalQuantile } from '../special/normal.ts'

const POWER = 0.9
/** Inflations of the variance of z that bring the measured power to the stated 90 %; heuristic, checked by simulation. */
const LAUNCH_INFLATION = 2
const LATER_INFLATION = 1.2
/** The largest effect of the grid: what exceeds it has no evidence of its own. */
const LARGEST_EFFECT = 0.8
const UNREACHABLE_Z = 1e6

export type DetectableEffectQuery = {
  /** log of the evidence that must be passed. */
  readonly logThreshold: number
  /** Prior weights of the effects that page, in the order of `effects`. */
  readonly priorWeights: readonly number[]
  readonly effects: readonly number[]
  /** Effective number of items behind one look. */
  readonly effectiveItems: number
  readonly power?: number
  readonly inflation?: number
}

/**
 * The smallest shift, in standard deviations, found at one look with the given power; `null` where no z reaches the
 * threshold (section 12). Heuristic in the inflation.
 */
export function minimumDetectableEffect({
  logThreshold,
  priorWeights,
  effects,
  effectiveItems,
  power = POWER,
  inflation = 1,
}: DetectableEffectQuery): number | null {
  const root = Math.sqrt(effectiveItems)
  const reaches = (z: number): boolean =>
    logSumExp(effects.map((d, i) => Math.log(priorWeights[i]!) + d * root * z - (d * root) ** 2 / 2)) >= logThreshold
  let low = 0
  let high = 1
  while (!reaches(high)) {
    high *= 2
    if (high > UNREACHABLE_Z) return null
  }
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2
    if (reaches(middle)) high = middle
    else low = middle
  }
  return (Math.sqrt(inflation) * (high + normalQuantile(power))) / root
}

export type DetectableEffects = {
  /** Shift present from the first run, unlimited traffic; standard deviations. */
  readonly launch: number | null
  /** Shift after the reference has grown; `null` where it was not asked for or is out of reach. */
  readonly later: number | null
  /** Whether a change present at launch can be found with this baseline at all. */
  readonly launchIsDetectable: boolean
  /** Baseline items with which it could be; `null` where it can be already, or where no number helps. */
  readonly baselineItemsNeeded: number | null
}

/**
 * What a baseline can find, printed when it is frozen (section 12). Heuristic in the inflation.
 * @param weight weight of the stream in the evidence
 * @param pagingShare prior weight of the side that pages: 0.8 with a direction, 0.5 for each side without
 * @param later reference items and items after the change, for a later shift
 */
export function detectableEffects({
  baselineItems,
  runsPerYear,
  falsePagesPerYear,
  weight,
  pagingShare = WORSE_SHARE,
  later,
  power = POWER,
}: {
  readonly baselineItems: number
  readonly runsPerYear: number
  readonly falsePagesPerYear: number
  readonly weight: number
  readonly pagingShare?: number
  readonly later?: { readonly referenceItems: number; readonly itemsAfter: number }
  readonly power?: number
}): DetectableEffects {
  const lump = launchLump(runsPerYear, falsePagesPerYear)
  const pagesAt = threshold(runsPerYear, falsePagesPerYear)
  const prior = { priorWeights: EFFECT_GRID.map(() => pagingShare / EFFECT_GRID.length), effects: EFFECT_GRID, power }
  const launch = minimumDetectableEffect({
    ...prior,
    logThreshold: Math.log(pagesAt / ((1 + lump) * weight)),
    effectiveItems: baselineItems,
    inflation: LAUNCH_INFLATION,
  })
  const launchIsDetectable = launch !== null && launch <= LARGEST_EFFECT
  return {
    launch,
    later: later
      ? minimumDetectableEffect({
          ...prior,
          logThreshold: Math.log(pagesAt / weight),
          effectiveItems: (later.referenceItems * later.itemsAfter) / (later.referenceItems + later.itemsAfter),
          inflation: LATER_INFLATION,
        })
      : null,
    launchIsDetectable,
    baselineItemsNeeded:
      launchIsDetectable || launch === null ? null : Math.ceil(baselineItems * (launch / LARGEST_EFFECT) ** 2),
  }
}

/**
 * A shift in standard deviations as points of a rate: 0.03 is 3 points. Asymptotic. (Section 12: the standard
 * deviation of one item.)
 */
export function effectInPoints(effect: number, rate: number): number {
  return effect * Math.sqrt(rate * (1 - rate))
}
