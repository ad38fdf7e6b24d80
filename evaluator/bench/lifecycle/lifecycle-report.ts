import { markdownTable } from '../markdown-table.ts'
import type { ReleasesReport } from './announced-releases.ts'
import type { CanaryReport } from './canary.ts'
import type { FirstDayReport } from './first-day.ts'

/** null is "never found". */
export type LifecycleReport = {
  readonly announcedReleases: ReleasesReport
  readonly firstDayChange: FirstDayReport
  readonly canary: CanaryReport
}

export function lifecycleMarkdown({ announcedReleases, firstDayChange, canary }: LifecycleReport): string {
  const { gateOfHarmless, gateOfBreaking } = announcedReleases
  return [
    '# An agent from release to release',
    '',
    'Recorded function calls; made by `npm run bench:lifecycle`. A change that most agents never see is "never".',
    '',
    '## Weekly releases',
    '',
    `${announcedReleases.years} years with 52 announced releases that change nothing: ${announcedReleases.pagesPerYear.toFixed(2)} pages a year.`,
    `A release that breaks the format (${announcedReleases.breakingPair}), announced without the gate, is paged in a median of ${days(announcedReleases.breakingFoundDays)} days.`,
    '',
    markdownTable(
      ['what the gate says with 250 inputs, margin 2 points', 'pass', 'inconclusive', 'fail'],
      [
        [
          'a release that changes nothing',
          ...[gateOfHarmless.pass, gateOfHarmless.inconclusive, gateOfHarmless.fail].map(percent),
        ],
        [
          'the release that breaks the format',
          ...[gateOfBreaking.pass, gateOfBreaking.inconclusive, gateOfBreaking.fail].map(percent),
        ],
      ],
    ),
    '',
    '## A change on the first production day',
    '',
    'Pairs that lose 4 points of right answers or more; 250 frozen inputs, median days to the page. The detector without replay has',
    '250 frozen examples and 100 calls a day, and four metrics.',
    '',
    markdownTable(
      ['pair', 'lost points', 'replay, 250 a day', 'replay, 50 a day', 'without replay'],
      firstDayChange.pairs.map((row) => [
        row.pair,
        row.lostPoints.toFixed(1),
        days(row.medianDays250),
        days(row.medianDays50),
        days(row.detectorMedianDays),
      ]),
    ),
    '',
    '## A canary',
    '',
    `A tenth of 100 calls a day answers in the broken format (${canary.pair}): named in ${canary.named} of ${canary.agents} agents, in a median of ${days(canary.days)} days; control is \`${canary.controlVerdict}\` in ${canary.controlVerdicts[canary.controlVerdict] ?? 0} of them.`,
  ].join('\n')
}

function days(value: number | null): string {
  return value === null ? 'never' : String(value)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`
}
