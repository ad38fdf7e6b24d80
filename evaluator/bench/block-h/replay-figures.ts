import { draw, type Random, seededRandom, seedOf } from '../../src/demo/seeded-random.ts'
import { createDetector, replayStrata, type ScoredItem, type StreamDefinition } from '../../src/statistics/index.ts'
import { boundFigure, type Figure, medianFigure, shareFigure } from './figure.ts'
import { RUNS_PER_YEAR, standardNormal } from './one-stream.ts'
import type { Repeat } from './single-stream-figures.ts'

const INPUTS = 250
const PER_RUN = 50
const FROZEN_RUNS = 3
const CHANGE_RUN = 10
const RUNS_AFTER = 60
const FLAKY_SHARE = 0.07
const FLAKY_RATE = 0.6
const FAILING_SHARE = 0.03
const ANCHORS = 50
const GUARD_BUDGET = 12
/** Noise of a judge on one text, in standard deviations between texts; and how much a new judge is off. */
const JUDGE_NOISE = 0.3
const JUDGE_SHIFT = 0.3

/** Median delays by the share of inputs that regress, and the share of years with a false page. */
const AGENTS = [
  { name: 'deterministic agent', flaky: 0, delays: { '0.03': 2, '0.06': 2 }, falseYears: 0 },
  { name: '7 % of inputs flaky', flaky: FLAKY_SHARE, delays: { '0.03': 10, '0.06': 3 }, falseYears: 0.1 },
] as const

/** The same inputs again, each a stratum of its own, and the judge on frozen texts: end to end through the detector. */
export function replayFigures(repeat: Repeat): Figure[] {
  const replays = AGENTS.flatMap(({ name, flaky, delays, falseYears }) => {
    const experiment = `replay, 250 inputs, 50 a run, ${name}`
    const years = Array.from({ length: repeat(50) }, (_, agent) =>
      firstPage(replay({ flaky, regressing: 0, changeRun: Infinity, runs: RUNS_PER_YEAR }, agent)),
    )
    return [
      ...Object.entries(delays).map(([share, expected]) => {
        const scenario = { flaky, regressing: Number(share), changeRun: CHANGE_RUN, runs: CHANGE_RUN - 1 + RUNS_AFTER }
        const pages = Array.from({ length: repeat(60) }, (_, agent) => firstPage(replay(scenario, agent)))
        return medianFigure(
          { experiment, figure: `${100 * Number(share)} % of inputs regress: median delay in runs`, isBinding: false },
          expected,
          pages.filter((run) => run >= CHANGE_RUN).map((run) => run - CHANGE_RUN + 1),
        )
      }),
      shareFigure(
        { experiment, figure: 'a year without a change: paged', isBinding: false },
        { expected: falseYears, repetitions: 150 },
        years.map((run) => run < Infinity),
      ),
    ]
  })
  return [...replays, ...guardFigures(repeat)]
}

function guardFigures(repeat: Repeat): Figure[] {
  const experiment = 'guard, 50 anchors, 12 tickets a year allowed'
  const years = Array.from(
    { length: repeat(20) },
    (_, agent) => [...pageRuns(judge(Infinity, RUNS_PER_YEAR, agent))].length,
  )
  const runs = CHANGE_RUN - 1 + RUNS_AFTER
  const firsts = Array.from({ length: repeat(40) }, (_, agent) => firstPage(judge(CHANGE_RUN, runs, agent)))
  const judged = firsts.filter((run) => run >= CHANGE_RUN)
  return [
    boundFigure(
      { experiment, figure: 'a year without a change, false alarms resolved at once: tickets', isBinding: false },
      GUARD_BUDGET,
      years.reduce((sum, count) => sum + count, 0) / years.length,
      years.length,
    ),
    boundFigure(
      {
        experiment,
        figure: 'a judge that is off by one of its own deviations: share not found in 7 runs',
        isBinding: false,
      },
      0.05,
      judged.filter((run) => run >= CHANGE_RUN + 7).length / judged.length,
      judged.length,
    ),
  ]
}

type Replay = {
  readonly flaky: number
  readonly regressing: number
  readonly changeRun: number
  readonly runs: number
}

type Watch = {
  readonly stream: StreamDefinition
  readonly budget: number
  readonly runs: Iterable<readonly ScoredItem[]>
}

/** Inputs pass, fail or are flaky; those that regress fail from the change on. */
function replay({ flaky, regressing, changeRun, runs }: Replay, agent: number): Watch {
  const random = seededRandom(seedOf(agent, 'replay', flaky, regressing))
  const rates = Array.from({ length: INPUTS }, () => (random() < flaky ? FLAKY_RATE : random() < FAILING_SHARE ? 0 : 1))
  const broken = new Set(draw([...rates.keys()], Math.round(regressing * INPUTS), random))
  const outcome = (input: number, run: number): ScoredItem => {
    const rate = run >= changeRun && broken.has(input) ? 0 : (rates[input] ?? 1)
    return { stratum: input, value: random() < rate ? 1 : 0 }
  }
  const frozen = Array.from({ length: FROZEN_RUNS }, () => rates.map((_, input) => outcome(input, 0))).flat()
  return {
    budget: 1,
    stream: {
      name: 'replay',
      kind: 'binary',
      weight: 1,
      direction: 'higher-better',
      tolerance: 0,
      baseline: replayStrata(frozen, 'binary'),
    },
    runs: rotation(INPUTS, runs, random, outcome),
  }
}

/** A fresh order of all inputs, used up run by run. */
function* rotation(
  inputs: number,
  runs: number,
  random: Random,
  outcome: (input: number, run: number) => ScoredItem,
): Generator<ScoredItem[]> {
  let order: number[] = []
  for (let run = 1; run <= runs; run++) {
    if (order.length < PER_RUN)
      order = draw(
        Array.from({ length: inputs }, (_, input) => input),
        inputs,
        random,
      )
    yield order.splice(0, PER_RUN).map((input) => outcome(input, run))
  }
}

/** All anchors judged on every run; from `changeRun` on more strictly. */
function judge(changeRun: number, runs: number, agent: number): Watch {
  const random = seededRandom(seedOf(agent, 'guard', String(changeRun)))
  const quality = Array.from({ length: ANCHORS }, () => standardNormal(random))
  const verdict = (anchor: number, run: number): ScoredItem => ({
    stratum: anchor,
    value: (quality[anchor] ?? 0) + JUDGE_NOISE * standardNormal(random) - (run >= changeRun ? JUDGE_SHIFT : 0),
  })
  const all = (run: number): ScoredItem[] => quality.map((_, anchor) => verdict(anchor, run))
  const frozen = Array.from({ length: FROZEN_RUNS }, () => all(0)).flat()
  return {
    budget: GUARD_BUDGET,
    stream: {
      name: 'guard',
      kind: 'score',
      weight: 1,
      direction: 'none',
      tolerance: 0,
      baseline: replayStrata(frozen, 'score'),
    },
    runs: Array.from({ length: runs }, (_, index) => all(index + 1)),
  }
}

function firstPage(watch: Watch): number {
  return pageRuns(watch).next().value ?? Infinity
}

/** Runs with a page; each is resolved as a false alarm. */
function* pageRuns({ stream, budget, runs }: Watch): Generator<number, undefined> {
  const detector = createDetector({ streams: [stream], runsPerYear: RUNS_PER_YEAR, falsePagesPerYear: budget })
  let run = 0
  for (const items of runs) {
    run++
    const statistics = stream.kind === 'binary' ? replayStrata(items, 'binary') : replayStrata(items, 'score')
    if (detector.step([statistics])?.pages !== true) continue
    detector.restart(detector.runsOfEpoch)
    yield run
  }
}
