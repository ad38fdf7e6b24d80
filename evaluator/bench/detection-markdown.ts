import { clopperPearson } from '../src/statistics/index.ts'
import { BASELINE_ITEMS, CHANGE_RUN, PER_DAY, perDayName, RUNS_AFTER } from './detection-plan.ts'
import type { Watched } from './detection-report.ts'
import { type ChangeRow, type DetectionReport, mean } from './detection-rows.ts'
import { days, markdownTable, rate } from './markdown-table.ts'
import { sideBySide } from './side-by-side.ts'

/** The report for people: false pages first, since a delay means nothing without them. */
export function detectionMarkdown(
  report: DetectionReport,
  watched: readonly Watched[],
  { isQuick, seconds }: { readonly isQuick: boolean; readonly seconds: number },
): string {
  return [
    '# Detection on recorded outputs',
    `Baselines of ${BASELINE_ITEMS} items, ${PER_DAY} a day unless the name says otherwise, one false page a year unless the name says otherwise. ` +
      `Items are independent draws of the recording. ${isQuick ? 'Few repetitions: for a look, not for figures. ' : ''}Measured in ${Math.round(seconds)} s. Written by \`npm run bench:detection -- --data FOLDER --peers --markdown FILE\`.`,
    '## A year in which nothing changed',
    'Baseline and batches come from one recorded run. In brackets: the upper 95 % limit of the share (Clopper-Pearson, one-sided).',
    noChangeTable(watched),
    '## A change of the input mix alone',
    `One stratum grows from 5 % to 15 % or 40 % of the traffic; the outputs inside each stratum stay. Paged within ${RUNS_AFTER} days: should be 0.`,
    markdownTable(
      ['detector', 'paged'],
      report.mixOnly.map(({ detector, pPage }) => [detector, rate(pPage)]),
    ),
    '## Real changes',
    `The change comes on day ${CHANGE_RUN}. Shares found within 3 / 7 / 30 days, and the median delay. What only got better raises no page but a notice. Quality: of the metric that differs most, after minus before.`,
    changeTable(report.change, watched),
    summaryTable(report.change),
    sideBySide(report),
    '## Pairs that their source calls no drift',
    'Their pools differ all the same: the difference is of the quality metric that differs most, after minus before. Latency and length are watched too.',
    noDriftTable(report),
    '',
  ].join('\n\n')
}

function noChangeTable(watched: readonly Watched[]): string {
  const years = watched.filter(({ experiment }) => experiment.list === 'noChange')
  const datasets = [...new Set(years.map(({ experiment }) => experiment.dataset))]
  const rows = [...Map.groupBy(years, ({ detector }) => detector)].map(([detector, ofDetector]) => {
    const agents = ofDetector.flatMap(({ agents: those }) => those)
    const paged = agents.filter(({ pages }) => pages.includes(1)).length
    // one-sided 95 %: the upper end of the two-sided 90 % interval
    const { upper } = clopperPearson(paged, agents.length, 0.9)
    return [
      detector,
      String(agents.length),
      `${rate(paged / agents.length)} (${rate(upper)})`,
      mean(agents.map(({ pages }) => pages.reduce((sum, page) => sum + page, 0))).toFixed(1),
      ...datasets.map((dataset) => {
        const those = ofDetector.filter(({ experiment }) => experiment.dataset === dataset).flatMap((one) => one.agents)
        return those.length === 0 ? '-' : rate(mean(those.map(({ pages }) => (pages.includes(1) ? 1 : 0))))
      }),
    ]
  })
  return markdownTable(['detector', 'agent-years', 'paged in the year', 'page days a year', ...datasets], rows)
}

const COLUMNS = [
  'tidemark',
  'tidemark, page or notice of improvement',
  `tidemark ${perDayName(500)}`,
  `tidemark ${perDayName(2000)}`,
] as const

function changeTable(change: readonly ChangeRow[], watched: readonly Watched[]): string {
  const detectors = COLUMNS.filter((detector) => change.some((row) => row.detector === detector))
  const pairs = [...new Set(change.map(({ pair }) => pair))]
  return markdownTable(
    ['change', 'quality, points', ...detectors, 'onset off by', 'cause first'],
    pairs.map((pair) => {
      const rowOf = (detector: string): ChangeRow | undefined =>
        change.find((row) => row.pair === pair && row.detector === detector)
      const own = rowOf('tidemark')
      const difference = watched.find(
        ({ experiment: { list, subject, variant } }) => list === 'change' && subject === pair && variant === '',
      )?.experiment.poolDifference
      return [
        pair,
        difference === undefined ? '-' : (100 * difference).toFixed(1),
        ...detectors.map((detector) => found(rowOf(detector))),
        own?.onsetErrorDays === null || own === undefined ? '-' : String(own.onsetErrorDays),
        rate(own?.causeFirst ?? null),
      ]
    }),
  )
}

function found(row: ChangeRow | undefined): string {
  if (row === undefined) return '-'
  return `${[row.found3, row.found7, row.found30].map(rate).join(' / ')}, ${days(row.medianDelayDays)} d`
}

function summaryTable(change: readonly ChangeRow[]): string {
  const rows = [...Map.groupBy(change, ({ detector }) => detector)].map(([detector, ofDetector]) => {
    const share = (read: (row: ChangeRow) => number | null): string =>
      rate(mean(ofDetector.map((row) => read(row) ?? 0)))
    const medians = ofDetector.map(({ medianDelayDays }) => medianDelayDays ?? Infinity).toSorted((a, b) => a - b)
    const middle = medians[Math.floor((medians.length - 1) / 2)] ?? Infinity
    return [
      detector,
      String(ofDetector.length),
      share(({ found3 }) => found3),
      share(({ found7 }) => found7),
      share(({ found30 }) => found30),
      days(middle === Infinity ? null : middle),
    ]
  })
  return markdownTable(['all changes together', 'pairs', 'found in 3', 'in 7', 'in 30', 'median delay'], rows)
}

function noDriftTable({ noDriftPairs }: DetectionReport): string {
  const pairs = [...Map.groupBy(noDriftPairs, ({ pair }) => pair)]
  return markdownTable(
    ['pair', 'difference, points', 'all metrics: paged in a year', 'quality metrics alone'],
    pairs.map(([pair, rows]) => [
      pair,
      (100 * (rows[0]?.poolDifference ?? 0)).toFixed(1),
      rate(rows.find(({ detector }) => detector === 'tidemark')?.pAnyPageYear ?? null),
      rate(rows.find(({ detector }) => detector === 'tidemark, quality metrics alone')?.pAnyPageYear ?? null),
    ]),
  )
}
