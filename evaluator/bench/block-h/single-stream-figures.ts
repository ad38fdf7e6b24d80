import { type Figure, medianFigure, type Named, shareFigure } from './figure.ts'
import { firstAlarm, followOne, type OneStream, type Path, RUNS_PER_YEAR, standardNormal } from './one-stream.ts'

/** How many agents stand in for so many of the specification. */
export type Repeat = (stated: number) => number

const CHANGE_RUN = 31
const AFTER = 30
const SLOW_CHANGE = { tolerated: 31, real: 91, runs: 120 } as const

const RATE = {
  kind: 'binary',
  falsePagesPerYear: 1,
  baselineItems: 250,
  perRun: 100,
} as const satisfies Partial<OneStream>

/** One rate with all of the evidence, a change at run 31. */
export function changeFigures(repeat: Repeat): Figure[] {
  const at = (to: number, from: number): Path[] =>
    agents(repeat(30), {
      ...RATE,
      name: `${from} to ${to}`,
      weight: 1,
      runs: CHANGE_RUN - 1 + AFTER,
      level: (run) => (run < CHANGE_RUN ? from : to),
    })
  const small = at(0.941, 0.968)
  const large = at(0.9, 0.97)
  return [
    ...delays(
      'one rate, .968 -> .941, page',
      [0.03, 0.33, 1],
      30,
      small.map(({ page }) => page),
    ),
    ...delays(
      'one rate, .968 -> .941, raw: the tolerance delays nothing',
      [0.03, 0.33, 1],
      30,
      small.map(({ raw }) => raw),
    ),
    ...delays(
      'one rate, .97 -> .90, page',
      [0.93, 1, 1],
      30,
      large.map(({ page }) => page),
    ),
    medianFigure(
      { experiment: 'one rate, .97 -> .90, page', figure: 'median delay, runs (at most 3)' },
      2,
      large.map(({ page }) => delay(page)),
    ),
  ]
}

/** A defect at launch, and a change later, with a quarter of the evidence. */
export function quarterFigures(repeat: Repeat): Figure[] {
  const quarter = { ...RATE, weight: 0.25 }
  const launch = agents(repeat(200), {
    ...quarter,
    name: 'launch',
    runs: AFTER,
    level: (run) => (run === 0 ? 0.968 : 0.92),
  }).map(({ page }) => page)
  const later = agents(repeat(120), {
    ...quarter,
    name: 'quarter',
    runs: CHANGE_RUN - 1 + AFTER,
    level: (run) => (run < CHANGE_RUN ? 0.968 : 0.92),
  }).map(({ page }) => page)
  return [
    ...delays('launch, .968 -> .92, weight 1/4, page', [0.04, 0.09, 0.17], 200, launch, 1),
    ...delays('.968 -> .92 at run 31, weight 1/4, page', [0.22, 0.85, 1], 120, later),
  ]
}

/** A year without a change, with and without days that differ. */
export function dayEffectFigures(repeat: Repeat): Figure[] {
  const year = (name: string, level: OneStream['level'], perRun = 100): boolean[] =>
    agents(repeat(120), { ...RATE, name, perRun, weight: 0.25, runs: RUNS_PER_YEAR, level }).map(
      ({ raw }) => firstAlarm(raw) < Infinity,
    )
  return [
    shareFigure(
      named('.968, 100 a day'),
      { expected: 0.042, repetitions: 120 },
      year('even days', () => 0.968),
    ),
    shareFigure(
      named('.995, 50 a day'),
      { expected: 0.05, repetitions: 120 },
      year('near perfect', () => 0.995, 50),
    ),
    shareFigure(
      named('.968, day effects of .6 on the logit scale'),
      { expected: 0.48, repetitions: 120 },
      year('days differ', (run, random) => (run === 0 ? 0.968 : shifted(0.968, 0.6 * standardNormal(random)))),
    ),
  ]
}

/**
 * A drift below the tolerance, then a real one: the first must not hide the second. The reference does not state the rate
 * before; 98.5 % is one with which its three figures fit together.
 */
export function toleranceFigures(repeat: Repeat): Figure[] {
  const { tolerated, real, runs } = SLOW_CHANGE
  const paths = agents(repeat(70), {
    ...RATE,
    name: 'tolerated, then real',
    perRun: 300,
    weight: 1,
    runs,
    level: (run) => (run < tolerated ? 0.985 : run < real ? 0.985 - 0.013 : 0.985 - 0.063),
  })
  const experiment = 'tolerance 2 points; .985, -1.3 points from run 31, -6.3 from run 91; 300 a day'
  const before = ({ page }: Path): boolean => firstAlarm(page) < real
  const rest = paths.filter((path) => !before(path)).map(({ page }) => firstAlarm(page))
  return [
    shareFigure({ experiment, figure: 'paged before run 91' }, { expected: 0.36, repetitions: 70 }, paths.map(before)),
    shareFigure(
      { experiment, figure: 'of the rest: within 3 runs of run 91' },
      { expected: 1, repetitions: 45 },
      rest.map((run) => run < real + 3),
    ),
    shareFigure(
      { experiment, figure: 'raw before run 91' },
      { expected: 0.97, repetitions: 70 },
      paths.map(({ raw }) => firstAlarm(raw) < real),
    ),
  ]
}

/** A rate moved on the logit scale. */
function shifted(rate: number, shift: number): number {
  return 1 / (1 + ((1 - rate) / rate) * Math.exp(-shift))
}

function named(figure: string): Named {
  return { experiment: 'one rate, a year without a change, weight 1/4, raw', figure }
}

function agents(count: number, stream: OneStream): Path[] {
  return Array.from({ length: count }, (_, agent) => followOne(stream, agent))
}

/** Shares within 3, 7 and 30 runs, of the agents that had no alarm before the change. */
function delays(
  experiment: string,
  expected: readonly [number, number, number],
  repetitions: number,
  evidence: readonly Float64Array[],
  changeRun = CHANGE_RUN,
): Figure[] {
  const judged = evidence.filter((path) => firstAlarm(path) >= changeRun)
  return ([3, 7, 30] as const).map((within, index) =>
    shareFigure(
      { experiment, figure: `within ${within} runs` },
      { expected: expected[index] ?? 0, repetitions },
      judged.map((path) => delay(path, changeRun) <= within),
    ),
  )
}

function delay(evidence: Float64Array, changeRun = CHANGE_RUN): number {
  return firstAlarm(evidence, changeRun) - changeRun + 1
}
