import { markdownTable } from '../markdown-table.ts'
import type { Dataset } from '../pool.ts'
import { detectableFigures } from './detectable-figures.ts'
import type { Figure } from './figure.ts'
import { recordedFigures } from './recorded-figures.ts'
import { replayFigures } from './replay-figures.ts'
import { restartFigures } from './restart-figures.ts'
import { shareFigures } from './share-figures.ts'
import {
  changeFigures,
  dayEffectFigures,
  quarterFigures,
  type Repeat,
  toleranceFigures,
} from './single-stream-figures.ts'

export type BlockH = { readonly figures: readonly Figure[] }

const QUICK_SHARE = 0.25
const LEAST_REPETITIONS = 8

/**
 * The operating characteristics that the specification states (block H of its section 16), simulated again with the
 * detector as it is, as often as it was done there; a quarter as often when quick. Replay and guard are of the earlier
 * design (block E) or only bounded, and not binding.
 */
export function blockH(datasets: readonly Dataset[], isQuick: boolean, tell: (part: string) => void): BlockH {
  const repeat: Repeat = (stated) => (isQuick ? Math.max(LEAST_REPETITIONS, Math.round(stated * QUICK_SHARE)) : stated)
  const parts: readonly (readonly [string, () => Figure[]])[] = [
    ['recorded outputs', () => recordedFigures(datasets, repeat)],
    ['one rate', () => changeFigures(repeat)],
    ['a quarter of the evidence', () => quarterFigures(repeat)],
    ['day effects', () => dayEffectFigures(repeat)],
    ['tolerance', () => toleranceFigures(repeat)],
    ['restarts', () => restartFigures(repeat)],
    ['escalations', () => shareFigures(repeat)],
    ['detectable effects', () => detectableFigures(repeat)],
    ['replay and guard', () => replayFigures(repeat)],
  ]
  return {
    figures: parts.flatMap(([part, measure]) => {
      tell(part)
      return measure()
    }),
  }
}

export function blockHMarkdown({ figures }: BlockH): string {
  const binding = figures.filter(({ isBinding }) => isBinding)
  const orientation = figures.filter(({ isBinding }) => !isBinding)
  return [
    '# Figures of the specification, simulated again',
    'Written by `npm run bench:detection -- --block-h --data FOLDER --markdown FILE`.',
    `${binding.filter(({ agrees }) => agrees).length} of ${binding.length} agree within the tolerance of the reference, section 16. ` +
      'Where the reference leaves a rate or a number of items a day open, the row names the one taken here.',
    table(binding),
    'Not simulated: the variants that the reference tried and did not choose (both ends of a cell mapped, the position in the cell ' +
      'drawn, the tolerance at the likeliest onset alone, other inflations of the detectable shift).',
    '## For orientation',
    'Figures of an earlier design, and bounds.',
    table(orientation),
    '',
  ].join('\n\n')
}

function table(figures: readonly Figure[]): string {
  return markdownTable(
    ['experiment', 'figure', 'stated', 'tolerance', 'measured', 'repetitions', 'agrees'],
    figures.map(({ experiment, figure, expected, tolerance, measured, repetitions, agrees }) => [
      experiment,
      figure,
      expected === null ? `at most ${tolerance}` : String(expected),
      expected === null ? '-' : tolerance.toFixed(2),
      measured === null ? 'not reached' : String(Math.round(measured * 1000) / 1000),
      String(repetitions),
      agrees ? 'yes' : '**no**',
    ]),
  )
}
