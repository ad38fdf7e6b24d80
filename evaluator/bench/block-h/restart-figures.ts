import { seededRandom, seedOf } from '../../src/demo/seeded-random.ts'
import { boundFigure, type Figure, yearlyFigure } from './figure.ts'
import { batch, detectorOf, type OneStream, RUNS_PER_YEAR } from './one-stream.ts'
import type { Repeat } from './single-stream-figures.ts'

/** The reference states neither the items a day nor the side: all sides page here, and 50 a day give its figure. */
const STREAM: OneStream = {
  name: 'restarts',
  kind: 'score',
  direction: 'none',
  tolerance: 0,
  weight: 1,
  falsePagesPerYear: 10,
  baselineItems: 250,
  perRun: 50,
  runs: RUNS_PER_YEAR,
  level: () => 0,
}

/** Somebody resolves every false page as fixed: its runs stay out, the evidence starts again at 0 without a lump. */
export function restartFigures(repeat: Repeat): Figure[] {
  const pages = Array.from({ length: repeat(30) }, (_, agent) => pagesOfYear(agent))
  const experiment = 'a year without a change, one score, 50 a day, 10 false pages allowed, restart after each'
  const mean = pages.reduce((sum, count) => sum + count, 0) / pages.length
  return [
    yearlyFigure({ experiment, figure: 'pages a year' }, { expected: 2.8, repetitions: 30 }, pages),
    boundFigure({ experiment, figure: 'pages a year, bound' }, 10, mean, pages.length),
  ]
}

function pagesOfYear(agent: number): number {
  const random = seededRandom(seedOf(agent, STREAM.name))
  const detector = detectorOf(STREAM, random)
  let pages = 0
  for (let run = 1; run <= STREAM.runs; run++) {
    const step = detector.step([batch(STREAM, run, STREAM.perRun, random)])
    if (step === null || !step.pages) continue
    pages++
    detector.restart(step.onset)
  }
  return pages
}
