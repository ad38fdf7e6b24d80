import { draw, seededRandom, seedOf } from '../../src/demo/seeded-random.ts'
import { compareForGate, type GatedInput } from '../../src/harness/gate-comparison.ts'
import type { ScoreDefinition } from '../../src/scoring/scorer.ts'
import { createDetector, type GateVerdict, threshold } from '../../src/statistics/index.ts'
import { freezeAgent } from '../frozen-agent.ts'
import type { PoolPair } from '../pool.ts'
import { traffic } from '../traffic.ts'
import { formatBreak, qualityDefinitions } from './canary.ts'
import { median } from '../detection-rows.ts'
import { type PairedInput, pairedInputs } from './paired-inputs.ts'

export type ReleasesReport = {
  /** Pages in a year with 52 announced releases that change nothing, each resolved as a false alarm; mean. */
  readonly pagesPerYear: number
  /** Days from a release that breaks the format, announced without the gate, to its page; median, null where most are never paged. */
  readonly breakingFoundDays: number | null
  readonly years: number
  /** What the gate said of releases that change nothing, and of the one that breaks; shares. */
  readonly gateOfHarmless: Readonly<Record<GateVerdict, number>>
  readonly gateOfBreaking: Readonly<Record<GateVerdict, number>>
  readonly breakingPair: string
}

const RUNS_PER_YEAR = 365
const RELEASES_A_YEAR = 52
const FROZEN_INPUTS = 250
const CALLS_A_DAY = 100
/** A release in the middle of the year, when the detector has long left its launch behind. */
const BREAKING_DAY = 180
const DAYS_AFTER = 30

/**
 * Years of an agent that is released every week. An announced release keeps the reference and restarts nothing, so what a year
 * costs is what it costs without releases; the gate sees the frozen inputs, answered anew by both versions. Each fresh answer of a
 * version that changes nothing is that of one of two recorded runs of the same model; where the recordings have no such two, of
 * one run, and the gate has nothing to tell apart.
 */
export function announcedReleases(pairs: readonly PoolPair[], years: number): ReleasesReport {
  const unchanged = pairs.filter(({ label }) => label === 'no-drift')
  const harmless = unchanged.length > 0 ? unchanged : pairs.map((pair) => ({ ...pair, after: pair.before }))
  const breaking = formatBreak(pairs)
  const inputsOf = new Map(harmless.map((pair) => [pair, pairedInputs(pair)]))
  const breakingInputs = pairedInputs(breaking)
  const numbers = Array.from({ length: years }, (_, year) => year)
  const pairOf = (year: number): PoolPair => {
    const pair = harmless[year % harmless.length]
    if (pair === undefined) throw new Error('there is no pair of runs without a change')
    return pair
  }
  const pages = numbers.map((year) => pagesOfYear(pairOf(year), year))
  const gated = numbers.flatMap((year) => {
    const pair = pairOf(year)
    const random = seededRandom(seedOf(year, 'releases', pair.name))
    const frozen = draw(inputsOf.get(pair) ?? [], FROZEN_INPUTS, random)
    const either = (input: PairedInput): readonly number[] => (random() < 0.5 ? input.before : input.after)
    return Array.from({ length: RELEASES_A_YEAR }, () =>
      gateOf(frozen, qualityDefinitions(pair.before), { base: either, candidate: either }),
    )
  })
  const gatedBreaking = numbers.map((year) => {
    const frozen = draw(breakingInputs, FROZEN_INPUTS, seededRandom(seedOf(year, 'breaking', breaking.name)))
    return gateOf(frozen, qualityDefinitions(breaking.before), {
      base: ({ before }) => before,
      candidate: ({ after }) => after,
    })
  })
  return {
    pagesPerYear: pages.reduce((sum, count) => sum + count, 0) / years,
    breakingFoundDays: median(numbers.map((year) => daysToPage(breaking, year))),
    years,
    gateOfHarmless: shares(gated),
    gateOfBreaking: shares(gatedBreaking),
    breakingPair: breaking.name,
  }
}

type Answers = (input: PairedInput) => readonly number[]

/** The gate of `tidemark gate`, one run an input. */
function gateOf(
  inputs: readonly PairedInput[],
  definitions: readonly ScoreDefinition[],
  versions: { readonly base: Answers; readonly candidate: Answers },
): GateVerdict {
  const answered = (answers: Answers): GatedInput[] =>
    inputs.map((input, number) => {
      const outcomes = answers(input)
      const scores = new Map(definitions.map(({ name }, metric) => [name, outcomes[metric] ?? null]))
      return { id: String(number), runs: [{ isAnswered: true, scores }] }
    })
  return compareForGate(answered(versions.base), answered(versions.candidate), definitions).verdict
}

/** Pages of a year in which nothing changes; the detector goes on after each. */
function pagesOfYear(pair: PoolPair, year: number): number {
  const detector = detectorOf({ ...pair, after: pair.before }, year, RUNS_PER_YEAR)
  let pages = 0
  for (const step of detector.steps()) if (step !== null && step >= detector.pagesAt) pages += detector.dismiss()
  return pages
}

function daysToPage(pair: PoolPair, year: number): number {
  const detector = detectorOf(pair, year, BREAKING_DAY + DAYS_AFTER)
  let day = 0
  for (const step of detector.steps()) {
    day++
    if (step === null || step < detector.pagesAt) continue
    if (day >= BREAKING_DAY) return day - BREAKING_DAY + 1
    detector.dismiss()
  }
  return Infinity
}

function detectorOf(pair: PoolPair, year: number, runs: number) {
  const { name, before, after } = pair
  const scenario = {
    name: `releases/${name}`,
    before,
    after,
    changeRun: BREAKING_DAY,
    runs,
    perDay: CALLS_A_DAY,
    baselineItems: FROZEN_INPUTS,
  }
  const { baseline, days } = traffic(scenario, year)
  const frozen = freezeAgent(before, after, baseline)
  const detector = createDetector({ streams: frozen.streams, runsPerYear: RUNS_PER_YEAR, falsePagesPerYear: 1 })
  return {
    pagesAt: Math.log(threshold(RUNS_PER_YEAR, 1)),
    /** log P of every day. */
    *steps(): Generator<number | null> {
      for (const [index, items] of days.entries())
        yield detector.step(frozen.batch(index + 1 < BREAKING_DAY ? before : after, items))?.logGated ?? null
    },
    /** A person says that it was a false alarm: the batches return to the reference. */
    dismiss(): 1 {
      detector.restart(detector.runsOfEpoch)
      return 1
    },
  }
}

function shares(verdicts: readonly GateVerdict[]): Record<GateVerdict, number> {
  const share = (wanted: GateVerdict): number =>
    verdicts.filter((verdict) => verdict === wanted).length / verdicts.length
  return { pass: share('pass'), fail: share('fail'), inconclusive: share('inconclusive') }
}
