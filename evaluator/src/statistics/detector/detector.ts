import { logSumExp } from '../special/log-sum-exp.ts'
import { StatisticsError } from '../statistics-error.ts'
import { changePosterior, credibleSet, mostLikely } from './onset.ts'
import { Stream, type StreamDefinition, type StreamState } from './stream.ts'
import type { StreamBatch } from './stream-input.ts'
import { launchLump, threshold } from './threshold.ts'

export type DetectorOptions = {
  readonly streams: readonly StreamDefinition[]
  /** T: scheduled runs a year, 365 or 52. */
  readonly runsPerYear: number
  /** f: false pages a year the owner accepts, all streams together. */
  readonly falsePagesPerYear: number
  /** c: prior weight of "changed before the first run"; `launchLump` where absent, 0 for no launch. */
  readonly lump?: number
}

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

export interface Detector {
  /**
   * Evaluates one run: an entry for each stream, in their order. `null` for a stream means no items today; no items at
   * all is no run, changes nothing and returns `null`.
   * @throws StatisticsError `statistics_batch_invalid`; the detector is then unchanged
   */
  step(batches: readonly (StreamBatch | null)[]): DetectorStep | null
  /**
   * After a page resolved as fixed: the runs from this candidate of the epoch on (an `onset`) leave the reference and the
   * history, and the evidence starts again at 0 without a lump (section 6.5). With the number of runs of the epoch nothing
   * leaves: that is the restart after a false alarm.
   * @throws StatisticsError `statistics_candidate_invalid`
   */
  restart(candidate: number): void
  /**
   * Batches join the reference without being a run: those set aside while an incident was open that turned out a false
   * alarm. @throws StatisticsError `statistics_batch_invalid`
   */
  admit(batches: readonly (StreamBatch | null)[]): void
  /** Runs so far. */
  readonly runs: number
  /** Runs of the current epoch, which are the candidates for a restart. */
  readonly runsOfEpoch: number
  /** A: the detector pages at this evidence. */
  readonly threshold: number
  readonly logThreshold: number
}

const WEIGHT_SUM_ERROR = 1e-9

/**
 * The change detector of one agent (section 6): a Shiryaev-Roberts sum over change runs and effects, averaged over
 * streams, with practical size and direction inside the sum. At most `falsePagesPerYear` false pages are expected in the
 * first year; exact for binary streams without recalibration, first order otherwise (section 15). Deterministic: the same
 * inputs give bit-equal outputs.
 * @throws StatisticsError `statistics_streams_invalid`, `statistics_weights_invalid`, `statistics_tolerance_invalid`,
 * `statistics_budget_invalid`, `statistics_baseline_invalid`
 */
export function createDetector(options: DetectorOptions): Detector {
  const { runsPerYear, falsePagesPerYear } = options
  requireStreams(options.streams)
  const lump = options.lump ?? launchLump(runsPerYear, falsePagesPerYear)
  const pagesAt = threshold(runsPerYear, falsePagesPerYear, lump)
  const logThreshold = Math.log(pagesAt)
  const streams = options.streams.map((definition) => new Stream(definition, lump))
  let runs = 0
  let runsOfEpoch = 0

  const read = (batches: readonly (StreamBatch | null)[]): Float64Array[] => {
    if (batches.length !== streams.length)
      throw new StatisticsError(
        'statistics_batch_invalid',
        `The run has ${batches.length} batches for ${streams.length} streams: give one for each stream, null where it has no items.`,
      )
    return streams.map((stream, j) => stream.read(batches[j]!))
  }

  return {
    step(batches) {
      const rows = read(batches)
      if (streams.every((stream, j) => stream.itemsIn(rows[j]!) === 0)) return null
      const states = streams.map((stream, j) => stream.step(rows[j]!))
      runs++
      runsOfEpoch++
      return combine(options.streams, states, { logThreshold, run: runs, firstRunOfEpoch: runs - runsOfEpoch + 1 })
    },
    restart(candidate) {
      if (!(Number.isInteger(candidate) && candidate >= 0 && candidate <= runsOfEpoch))
        throw new StatisticsError(
          'statistics_candidate_invalid',
          `The candidate ${candidate} is not in this epoch of ${runsOfEpoch} runs: give the onset of its latest step.`,
        )
      for (const stream of streams) stream.restart(candidate)
      runsOfEpoch = 0
    },
    admit(batches) {
      const rows = read(batches)
      streams.forEach((stream, j) => stream.admit(rows[j]!))
    },
    get runs() {
      return runs
    },
    get runsOfEpoch() {
      return runsOfEpoch
    },
    threshold: pagesAt,
    logThreshold,
  }
}

function combine(
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

function requireStreams(streams: readonly StreamDefinition[]): void {
  if (streams.length === 0)
    throw new StatisticsError('statistics_streams_invalid', 'The detector has no stream: define at least one metric.')
  const names = new Set(streams.map(({ name }) => name))
  if (names.size < streams.length)
    throw new StatisticsError(
      'statistics_streams_invalid',
      `Two streams share a name: ${streams.map(({ name }) => name).join(', ')}.`,
    )
  let sum = 0
  for (const { name, weight, tolerance } of streams) {
    if (!(weight >= 0))
      throw new StatisticsError(
        'statistics_weights_invalid',
        `The weight of stream "${name}" is ${weight}: it must be at least 0.`,
      )
    if (!(tolerance >= 0 && tolerance < Infinity))
      throw new StatisticsError(
        'statistics_tolerance_invalid',
        `The tolerance of stream "${name}" is ${tolerance}: it must be a finite number of at least 0.`,
      )
    sum += weight
  }
  if (!(Math.abs(sum - 1) <= WEIGHT_SUM_ERROR))
    throw new StatisticsError(
      'statistics_weights_invalid',
      `The weights of the streams sum to ${sum}: they must sum to 1.`,
    )
}
