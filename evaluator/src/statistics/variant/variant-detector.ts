import { combineStreams, type DetectorStep } from '../detector/detector-step.ts'
import { requireStreams } from '../detector/require-streams.ts'
import type { StreamDefinition } from '../detector/stream.ts'
import { launchLump, threshold } from '../detector/threshold.ts'
import { StatisticsError } from '../statistics-error.ts'
import { type SameDayBatch, SameDayStream } from './same-day-stream.ts'

export type VariantDetectorOptions = {
  /** `baseline` fixes the bins of a shape and the unit of a score's tolerance; the comparison itself does not use it. */
  readonly streams: readonly StreamDefinition[]
  /** T: scheduled runs a year. */
  readonly runsPerYear: number
  /** f: false alarms a year that this variant may raise; a budget of its own, not that of the baseline's detector. */
  readonly falseAlarmsPerYear: number
  /** c: prior weight of "differs since its first day"; `launchLump` where absent. */
  readonly lump?: number
}

export type VariantDetector = {
  /**
   * One day: an entry for each stream, in their order; null where an arm has no item. A day without variant items in a
   * stratum where control has items is no run and returns null. In the result `pages` says that the variant is worse than
   * control by at least a tolerance, `improved` that it is better.
   * @throws StatisticsError `statistics_batch_invalid`; the detector is then unchanged
   */
  step(batches: readonly (SameDayBatch | null)[]): DetectorStep | null
  readonly runs: number
  readonly threshold: number
}

/**
 * Whether a variant (canary, A/B arm) differs from control on the same days inside the same strata (section 20): the sum of
 * section 6 over factors of sections 4.2 to 4.4, each from the pool of one day (Mantel and Haenszel 1959). With arms
 * assigned independently of the outcome inside strata, R - t - c is a martingale for binary streams, so that
 * P(alarm within T runs) <= (T + c) / A is exact (Doob); asymptotic in a day's items for scores and shapes.
 * @throws StatisticsError `statistics_streams_invalid`, `statistics_weights_invalid`, `statistics_tolerance_invalid`,
 * `statistics_budget_invalid`, `statistics_baseline_invalid`
 */
export function createVariantDetector(options: VariantDetectorOptions): VariantDetector {
  const { streams: definitions, runsPerYear, falseAlarmsPerYear } = options
  requireStreams(definitions)
  const lump = options.lump ?? launchLump(runsPerYear, falseAlarmsPerYear)
  const alarmsAt = threshold(runsPerYear, falseAlarmsPerYear, lump)
  const streams = definitions.map((definition) => new SameDayStream(definition, lump))
  let runs = 0
  return {
    step(batches) {
      if (batches.length !== streams.length)
        throw new StatisticsError(
          'statistics_batch_invalid',
          `The run has ${batches.length} batches for ${streams.length} streams: give one for each stream, null where an arm has no items.`,
        )
      const rows = streams.map((stream, j) => stream.read(batches[j]!))
      if (streams.every((stream, j) => stream.comparableItems(rows[j]!) === 0)) return null
      const states = streams.map((stream, j) => stream.step(rows[j]!))
      runs++
      return combineStreams(definitions, states, { logThreshold: Math.log(alarmsAt), run: runs, firstRunOfEpoch: 1 })
    },
    get runs() {
      return runs
    },
    threshold: alarmsAt,
  }
}
