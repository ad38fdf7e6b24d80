import { logSumExp } from '../special/log-sum-exp.ts'
import { changePosterior, credibleSet, mostLikely } from './onset.ts'
import type { StreamDefinition, StreamState } from './stream.ts'

export type StreamStep = {
  readonly name: string
  /** Today's z, `null` on a run without information. */
  readonly z: number | null
  /** Overdispersion in force today (section 5). */
  readonly phi: number
  readonly nu: number
  /** log R of this stream alone. */
  readonly logEvidence: number
  /** log P of this stream alone: the part of its evidence that may page. */
  readonly logGated: number
  /** Effect since the most likely onset, in the unit of the tolerance; infinite where the baseline score never varied. */
  readonly effect: number
  readonly tolerance: number
}

export type DetectorStep = {
  /** 1-based run of this detector; skipped runs do not count. */
  readonly run: number
  /** log R: all evidence. */
  readonly logEvidence: number
  /** log P: evidence for changes that page, of at least the tolerance; -Infinity when nothing passes. */
  readonly logGated: number
  /** log N: the same on the better side. */
  readonly logImproved: number
  readonly pages: boolean
  readonly improved: boolean
  /** R is at the threshold, P and N are not: a real change below the tolerance. */
  readonly smallButReal: boolean
  readonly streams: readonly StreamStep[]
  /** Posterior over the change run, an entry for each run of the epoch. */
  readonly posterior: readonly number[]
  /** Index in `posterior` of the most likely change run. */
  readonly onset: number
  /** Indices of the 90 % set. */
  readonly onsetSet: readonly number[]
  /** The run number of candidate 0: the change run is `firstRunOfEpoch + onset`. */
  readonly firstRunOfEpoch: number
}

/**
 * The streams of a run in one sum, averaged by weight: valid for any dependence between them (section 6.1), with the
 * posterior over the change run (section 7). Exact.
 */
export function combineStreams(
  definitions: readonly StreamDefinition[],
  states: readonly StreamState[],
  { logThreshold, run, firstRunOfEpoch }: { logThreshold: number; run: number; firstRunOfEpoch: number },
): DetectorStep {
  const weighted = (part: (state: StreamState) => number): number =>
    logSumExp(states.map((state, j) => Math.log(definitions[j]!.weight) + part(state)))
  const logEvidence = weighted((state) => state.logEvidence)
  const logGated = weighted((state) => state.logGated)
  const logImproved = weighted((state) => state.logImproved)
  const pages = logGated >= logThreshold
  const improved = logImproved >= logThreshold
  const posterior = changePosterior(
    states.map(({ candidateSums, logScale }, j) => ({ weight: definitions[j]!.weight, candidateSums, logScale })),
  )
  const onset = mostLikely(posterior)
  return {
    run,
    logEvidence,
    logGated,
    logImproved,
    pages,
    improved,
    smallButReal: logEvidence >= logThreshold && !pages && !improved,
    streams: states.map(({ z, phi, nu, logEvidence, logGated, effects }, j) => {
      const { name, tolerance } = definitions[j]!
      return { name, z, phi, nu, logEvidence, logGated, effect: effects[onset]!, tolerance }
    }),
    posterior,
    onset,
    onsetSet: credibleSet(posterior),
    firstRunOfEpoch,
  }
}
