import { AT_OUR_RATE } from './at-our-rate.ts'
import type { ChangeRow, DetectionReport } from './detection-rows.ts'
import { mean } from './detection-rows.ts'
import { days, markdownTable, rate } from './markdown-table.ts'
import { AGENTS } from './peers/python-environments.ts'

/** Another detector, and the reading of Tidemark that it is compared with. */
type Match = {
  readonly other: string
  readonly own: string
  readonly question: Question
}

/** The first two compare like with like; the others say what a team sees that asks for less, or takes the defaults. */
type Question =
  | 'what got worse'
  | 'any change'
  | 'any change, against pages alone'
  | 'at its defaults, against pages alone'
const LIKE_WITH_LIKE: ReadonlySet<Question> = new Set(['what got worse', 'any change'])

/** A detector of others that is only told of what got worse, as pages are. */
const ONE_SIDED = ['river ADWIN, improvements left out', 'daily one-sided test, p < 1/365 (written here)'] as const
/** Differences that count: more than a day of the median, more than a tenth of the agents. */
const DAY = 1
const TENTH = 0.1

/**
 * Where others are ahead and where Tidemark is: against pages a detector that leaves improvements out, against pages or
 * notices one that does not. Each pair of detectors has one measured rate of false pages, or nearly.
 */
export function sideBySide(report: DetectionReport): string {
  const matches = matchesIn(report)
  if (matches.length === 0) return ''
  return [
    '## Beside others',
    'A page answers "what got worse", so it is compared with detectors that leave improvements out; a page or a notice of improvement ' +
      'with those that do not. The other rows are not alike: they count a page alone against a detector that answers improvements too, ' +
      'or against one that pages far more often. Either the threshold of Tidemark is set to the measured rate of the other, or that of the other to the ' +
      'rate of Tidemark; thresholds are fitted on half of the years, and the shares of years here are of the other half. Ahead: more ' +
      'than a day in the median; in three days: by more than a tenth of the agents. ' +
      `Packages follow at most ${AGENTS.year} years a run, ${AGENTS.change} agents a change and ${AGENTS.mix} a change of the mix.`,
    countsTable(report, matches),
    ...aheadLists(report, matches),
    'Like with like, the median delay of each change in days, the other detector first, Tidemark second:',
    mediansTable(
      report,
      matches.filter(({ question }) => LIKE_WITH_LIKE.has(question)),
    ),
  ].join('\n\n')
}

function matchesIn({ change }: DetectionReport): Match[] {
  const names = [...new Set(change.map(({ detector }) => detector))]
  const has = (name: string): boolean => names.includes(name)
  return names.flatMap((other): Match[] => {
    if (other.startsWith('tidemark')) return []
    if (other.endsWith(AT_OUR_RATE)) {
      const isOneSided = ONE_SIDED.some((name) => other === `${name}${AT_OUR_RATE}`)
      return isOneSided
        ? [{ other, own: 'tidemark', question: 'what got worse' }]
        : [{ other, own: 'tidemark, page or notice of improvement', question: 'any change' }]
    }
    const page = `tidemark at the false-page rate of ${other}`
    const either = `tidemark, page or notice, at the false-page rate of ${other}`
    if (!has(page)) return [{ other, own: 'tidemark', question: 'at its defaults, against pages alone' }]
    if (ONE_SIDED.some((name) => other === name)) return [{ other, own: page, question: 'what got worse' }]
    return [
      { other, own: either, question: 'any change' },
      { other, own: page, question: 'any change, against pages alone' },
    ]
  })
}

type Pair = { readonly pair: string; readonly theirs: ChangeRow; readonly ours: ChangeRow }

function pairsOf({ change }: DetectionReport, { other, own }: Match): Pair[] {
  return change.flatMap((theirs) => {
    if (theirs.detector !== other) return []
    const ours = change.find(({ pair, detector }) => pair === theirs.pair && detector === own)
    return ours === undefined ? [] : [{ pair: theirs.pair, theirs, ours }]
  })
}

function isAhead(first: ChangeRow, second: ChangeRow): boolean {
  return medianOf(first) + DAY < medianOf(second)
}

function isSooner(first: ChangeRow, second: ChangeRow): boolean {
  return (first.found3 ?? 0) > (second.found3 ?? 0) + TENTH
}

function medianOf({ medianDelayDays }: ChangeRow): number {
  return medianDelayDays ?? Number.MAX_VALUE
}

function countsTable(report: DetectionReport, matches: readonly Match[]): string {
  const falsePages = (detector: string): string => {
    const years = report.noChange.filter((row) => row.detector === detector)
    return rate(years.length === 0 ? null : mean(years.map(({ pAnyPageYear }) => pAnyPageYear)))
  }
  return markdownTable(
    [
      'detector',
      'asked',
      'years with a page: it, Tidemark',
      'pairs',
      'it is ahead',
      'Tidemark is',
      'in 3 days: it',
      'Tidemark',
    ],
    matches.map((match) => {
      const pairs = pairsOf(report, match)
      const count = (test: (pair: Pair) => boolean): string => String(pairs.filter(test).length)
      return [
        match.other,
        match.question,
        `${falsePages(match.other)}, ${falsePages(match.own)}`,
        String(pairs.length),
        count(({ theirs, ours }) => isAhead(theirs, ours)),
        count(({ theirs, ours }) => isAhead(ours, theirs)),
        count(({ theirs, ours }) => isSooner(theirs, ours)),
        count(({ theirs, ours }) => isSooner(ours, theirs)),
      ]
    }),
  )
}

/** Every change on which another detector is ahead, by name: nothing is averaged away. */
function aheadLists(report: DetectionReport, matches: readonly Match[]): string[] {
  return matches.flatMap((match) => {
    const ahead = pairsOf(report, match).filter(({ theirs, ours }) => isAhead(theirs, ours) || isSooner(theirs, ours))
    if (ahead.length === 0) return []
    return [
      `**${match.other}** (${match.question}) is ahead on:\n\n${ahead
        .map(
          ({ pair, theirs, ours }) =>
            `- ${pair}: median ${days(theirs.medianDelayDays)} against ${days(ours.medianDelayDays)} days, ` +
            `in three days ${rate(theirs.found3)} against ${rate(ours.found3)}`,
        )
        .join('\n')}`,
    ]
  })
}

function mediansTable(report: DetectionReport, matches: readonly Match[]): string {
  const pairs = [...new Set(report.change.map(({ pair }) => pair))]
  const byMatch = matches.map((match) => new Map(pairsOf(report, match).map((one) => [one.pair, one])))
  return markdownTable(
    ['change', ...matches.map(({ other }) => other.replace(AT_OUR_RATE, ', at our rate'))],
    pairs.map((pair) => [
      pair,
      ...byMatch.map((byPair) => {
        const one = byPair.get(pair)
        return one === undefined ? '-' : `${days(one.theirs.medianDelayDays)}, ${days(one.ours.medianDelayDays)}`
      }),
    ]),
  )
}
