import { detectableEffects } from '../../src/statistics/index.ts'
import { type Figure, shareFigure } from './figure.ts'
import { firstAlarm, followOne, type OneStream, RUNS_PER_YEAR } from './one-stream.ts'
import type { Repeat } from './single-stream-figures.ts'

const WEIGHT = 0.25
const PER_RUN = 100
const LAUNCH_RUNS = 30
const CHANGE_RUN = 31
const RUNS_AFTER = 4
const BASELINE_ITEMS = 250
/** Stated powers: of what `freeze` prints, at launch by budget and baseline, and later by budget. */
const LAUNCH = [
  { falsePagesPerYear: 1, baselineItems: 250, expected: 0.95 },
  { falsePagesPerYear: 1, baselineItems: 500, expected: 0.97 },
  { falsePagesPerYear: 0.1, baselineItems: 250, expected: 0.95 },
  { falsePagesPerYear: 0.1, baselineItems: 500, expected: 0.88 },
] as const
const LATER = [
  { falsePagesPerYear: 1, expected: 0.93 },
  { falsePagesPerYear: 0.1, expected: 0.88 },
] as const

/** The shift that `freeze` prints as detectable is found that often. */
export function detectableFigures(repeat: Repeat): Figure[] {
  return [
    ...LAUNCH.map(({ expected, ...design }) => {
      const { launch } = detectableEffects({ ...design, runsPerYear: RUNS_PER_YEAR, weight: WEIGHT })
      const hits = found(repeat(120), 1, LAUNCH_RUNS, { ...design, shift: launch ?? 0 })
      return shareFigure(
        {
          experiment: 'printed detectable shift, score, weight 1/4, at launch',
          figure: `budget ${design.falsePagesPerYear}, baseline ${design.baselineItems}: found within 30 runs`,
        },
        { expected, repetitions: 120 },
        hits,
      )
    }),
    ...LATER.map(({ expected, falsePagesPerYear }) => {
      const { later } = detectableEffects({
        baselineItems: BASELINE_ITEMS,
        falsePagesPerYear,
        runsPerYear: RUNS_PER_YEAR,
        weight: WEIGHT,
        later: {
          referenceItems: BASELINE_ITEMS + (CHANGE_RUN - 1) * PER_RUN,
          itemsAfter: RUNS_AFTER * PER_RUN,
        },
      })
      const design = { falsePagesPerYear, baselineItems: BASELINE_ITEMS, shift: later ?? 0 }
      return shareFigure(
        {
          experiment: 'printed detectable shift, score, weight 1/4, at run 31',
          figure: `budget ${falsePagesPerYear}: found within 4 runs`,
        },
        { expected, repetitions: 200 },
        found(repeat(200), CHANGE_RUN, RUNS_AFTER, design),
      )
    }),
  ]
}

function found(
  agents: number,
  changeRun: number,
  within: number,
  { shift, ...design }: Pick<OneStream, 'falsePagesPerYear' | 'baselineItems'> & { readonly shift: number },
): boolean[] {
  const stream: OneStream = {
    ...design,
    name: `detectable ${changeRun} ${design.falsePagesPerYear} ${design.baselineItems}`,
    kind: 'score',
    weight: WEIGHT,
    perRun: PER_RUN,
    runs: changeRun - 1 + within,
    level: (run) => (run >= changeRun ? -shift : 0),
  }
  return Array.from({ length: agents }, (_, agent) => followOne(stream, agent).page)
    .filter((page) => firstAlarm(page) >= changeRun)
    .map((page) => firstAlarm(page) < Infinity)
}
