import { type Random, seededRandom, seedOf } from '../../src/demo/seeded-random.ts'
import { createShareEvidence, type ShareStep } from '../../src/statistics/index.ts'
import { boundFigure, type Figure, medianFigure, shareFigure } from './figure.ts'
import type { Repeat } from './single-stream-figures.ts'

const LIMIT = 0.15
const PER_RUN = 100
const YEAR = 365
const LOG_ALARM = Math.log(YEAR)
const LOG_STATEMENT = Math.log(20)
const RUNS_AFTER = 40

/** The sum over start runs alarms; the evidence since the first run only states. */
export function shareFigures(repeat: Repeat): Figure[] {
  const years = Array.from({ length: repeat(200) }, (_, agent) => follow(`year ${agent}`, YEAR, () => LIMIT))
  const experiment = 'escalations, limit 15 %, 100 a day, a year at exactly 15 %'
  return [
    shareFigure(
      { experiment, figure: 'alarm in a year' },
      { expected: 0.075, repetitions: 200 },
      years.map((steps) => steps.some(({ logSum }) => logSum >= LOG_ALARM)),
    ),
    shareFigure(
      { experiment, figure: 'evidence since the start reaches 20' },
      { expected: 0.005, repetitions: 200 },
      years.map((steps) => steps.some(({ logEvidence }) => logEvidence >= LOG_STATEMENT)),
    ),
    ...changeFigures(repeat, 0.2, [9, 8, 9], 7),
    ...changeFigures(repeat, 0.25, [3, 3, 3], 2),
  ]
}

function changeFigures(repeat: Repeat, to: number, medians: readonly number[], sinceStart: number): Figure[] {
  const experiment = `escalations, limit 15 %, 10 % -> ${100 * to} %`
  return [1, 101, 201].flatMap((changeRun, index) => {
    const agents = Array.from({ length: repeat(60) }, (_, agent) =>
      follow(`${to} ${changeRun} ${agent}`, changeRun - 1 + RUNS_AFTER, (run) => (run < changeRun ? 0.1 : to)),
    )
    const delay = (steps: readonly ShareStep[], isAlarm: (step: ShareStep) => boolean): number => {
      const first = steps.findIndex((step, run) => run + 1 >= changeRun && isAlarm(step))
      return first === -1 ? Infinity : first + 2 - changeRun
    }
    const stated = agents.map((steps) => delay(steps, ({ logEvidence }) => logEvidence >= LOG_STATEMENT))
    return [
      medianFigure(
        { experiment, figure: `change at run ${changeRun}: alarm, median delay in runs` },
        medians[index] ?? 0,
        agents.map((steps) => delay(steps, ({ logSum }) => logSum >= LOG_ALARM)),
      ),
      changeRun === 1
        ? medianFigure({ experiment, figure: 'change at run 1: evidence since the start, median' }, sinceStart, stated)
        : boundFigure(
            { experiment, figure: `change at run ${changeRun}: evidence since the start within 40 runs, share` },
            0,
            stated.filter((runs) => runs <= RUNS_AFTER).length / stated.length,
            stated.length,
          ),
    ]
  })
}

function follow(name: string, runs: number, share: (run: number) => number): ShareStep[] {
  const random = seededRandom(seedOf(0, 'share', name))
  const evidence = createShareEvidence(LIMIT)
  return Array.from({ length: runs }, (_, index) => {
    const escalated = escalations(share(index + 1), random)
    return evidence.step({ escalated, others: PER_RUN - escalated })
  })
}

function escalations(share: number, random: Random): number {
  let count = 0
  for (let item = 0; item < PER_RUN; item++) if (random() < share) count++
  return count
}
