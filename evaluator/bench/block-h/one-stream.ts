import { type Random, seededRandom, seedOf } from '../../src/demo/seeded-random.ts'
import {
  type BinaryCount,
  createDetector,
  type Detector,
  type DetectorStep,
  type Direction,
  launchLump,
  type Moments,
  momentsOf,
  normalQuantile,
  type StreamBatch,
  threshold,
} from '../../src/statistics/index.ts'
import { TOLERANCE } from '../../src/verdict/streams.ts'

export const RUNS_PER_YEAR = 365

/** An agent with one stream, whose items are drawn without end. */
export type OneStream = {
  readonly name: string
  readonly kind: 'binary' | 'score'
  readonly direction?: Direction
  /** As in production where absent. */
  readonly tolerance?: number
  /** Share of the evidence of the agent; the rest of it never says anything. */
  readonly weight: number
  readonly falsePagesPerYear: number
  readonly baselineItems: number
  readonly perRun: number
  readonly runs: number
  /** Rate of a binary stream or mean of a score with standard deviation 1, on a run from 1 on; 0 is the baseline. */
  level(run: number, random: Random): number
}

/** The evidence of every run against the threshold: 0 or more is an alarm. */
export type Path = {
  /** log R - log A: all directions and sizes. */
  readonly raw: Float64Array
  /** log P - log A: what pages. */
  readonly page: Float64Array
  readonly onset: Int32Array
}

/** Follows one agent; the same name and number give the same path. */
export function followOne(stream: OneStream, agent: number): Path {
  const { runs, falsePagesPerYear, weight } = stream
  const random = seededRandom(seedOf(agent, stream.name))
  const detector = detectorOf(stream, random)
  const logThreshold = Math.log(threshold(RUNS_PER_YEAR, falsePagesPerYear) / weight)
  const path = {
    raw: new Float64Array(runs).fill(-Infinity),
    page: new Float64Array(runs).fill(-Infinity),
    onset: new Int32Array(runs),
  }
  for (let run = 1; run <= runs; run++) {
    const step = detector.step([batch(stream, run, stream.perRun, random)])
    if (step !== null) record(path, run, step, logThreshold)
  }
  return path
}

/** The detector of one stream. Its weight is 1: a smaller one is a higher threshold. */
export function detectorOf(stream: OneStream, random: Random): Detector {
  const { kind, direction = 'higher-better', falsePagesPerYear } = stream
  const common = { name: stream.name, weight: 1, direction, tolerance: stream.tolerance ?? TOLERANCE[kind] }
  const frozen = batch(stream, 0, stream.baselineItems, random)
  return createDetector({
    runsPerYear: RUNS_PER_YEAR,
    falsePagesPerYear,
    lump: launchLump(RUNS_PER_YEAR, falsePagesPerYear),
    streams: [
      isCounts(frozen)
        ? { ...common, kind: 'binary', baseline: frozen }
        : { ...common, kind: 'score', baseline: frozen },
    ],
  })
}

/** Items of one run in one stratum. */
export function batch(stream: OneStream, run: number, items: number, random: Random): BinaryCount[] | Moments[] {
  const level = stream.level(run, random)
  if (stream.kind === 'score') return [momentsOf(Array.from({ length: items }, () => level + standardNormal(random)))]
  let x = 0
  for (let item = 0; item < items; item++) if (random() < level) x++
  return [{ n: items, x }]
}

export function standardNormal(random: Random): number {
  return normalQuantile((Math.floor(random() * 2 ** 32) + 0.5) / 2 ** 32)
}

/** First run of an alarm from `from` on, 1-based; Infinity where there is none. */
export function firstAlarm(evidence: Float64Array, from = 1): number {
  const index = evidence.findIndex((log, run) => run + 1 >= from && log >= 0)
  return index === -1 ? Infinity : index + 1
}

function record(path: Path, run: number, step: DetectorStep, logThreshold: number): void {
  path.raw[run - 1] = step.logEvidence - logThreshold
  path.page[run - 1] = step.logGated - logThreshold
  path.onset[run - 1] = step.firstRunOfEpoch + step.onset
}

function isCounts(frozen: StreamBatch): frozen is readonly BinaryCount[] {
  return frozen.every((stratum) => 'x' in stratum)
}
