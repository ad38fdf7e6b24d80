import { StatisticsError } from '../statistics-error.ts'
import { combineStreams, type DetectorStep } from './detector-step.ts'
import { requireStreams } from './require-streams.ts'
import { Stream, type StreamDefinition } from './stream.ts'
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
      return combineStreams(options.streams, states, {
        logThreshold,
        run: runs,
        firstRunOfEpoch: runs - runsOfEpoch + 1,
      })
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
