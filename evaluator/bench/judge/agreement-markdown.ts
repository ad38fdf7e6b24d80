import { markdownTable } from '../markdown-table.ts'
import type { AgreementReport, AgreementRow } from '../judge-agreement.ts'
import type { Parting } from './parting.ts'

/** The report for people, in a terminal as well: the table beside the README's, then where judges and humans part. */
export function agreementMarkdown({ agreement, parting, questions, verbatim, requests }: AgreementReport): string {
  const compared = agreement.filter(({ expected }) => expected !== null)
  const equal = compared.filter(({ percent, expected }) => percent === expected)
  return [
    '# Judges and humans',
    '',
    `${questions} recorded questions asked in ${requests} requests; ${verbatim} answered with the recorded text as it is, the others`,
    'with the recorded verdict in the form that the prompt asks for. A tie of the judge is an answer; what cannot be read is a',
    `disagreement. ${equal.length} of ${compared.length} rows equal the table of the recordings.`,
    '',
    markdownTable(HEAD, agreement.map(rowCells)),
    '',
    'kappa, base rate, sensitivity and specificity are those of the decisive verdicts ("a is better" being the positive).',
    '',
    '## Where they part',
    '',
    ...parting.filter(({ disagreements }) => disagreements > 0).flatMap(partingLines),
  ].join('\n')
}

const HEAD = [
  'judge',
  'verdicts',
  'agree %',
  'expected',
  'unread',
  'decisive',
  'agree % of these',
  'kappa',
  'base rate',
  'sensitivity',
  'specificity',
]

function rowCells(row: AgreementRow): string[] {
  return [
    titleOf(row),
    String(row.verdicts),
    percent(row.percent),
    percent(row.expected),
    String(row.unparsed),
    String(row.decisive),
    percent(row.decisivePercent),
    ...[row.kappa, row.baseRate, row.sensitivity, row.specificity].map(share),
  ]
}

function partingLines(one: Parting): string[] {
  const { opposite, judgeTied, humansTied, unread } = one.kinds
  const categories = one.categories.map(
    ({ category, verdicts, percent: agree }) => `${category} ${agree} % of ${verdicts}`,
  )
  return [
    `- **${titleOf(one)}**: ${one.disagreements} disagreements: ${opposite} for the other answer, ${judgeTied} times the judge said tie,`,
    `  ${humansTied} times the humans did, ${unread} unread. Least agreement: ${categories.join(', ')}.`,
    ...(one.followsPosition === null
      ? []
      : [`  It names the same position in both orders for ${(one.followsPosition * 100).toFixed(1)} % of the pairs.`]),
    ...(one.examples.length === 0 ? [] : [`  Always against the humans: ${one.examples.join(', ')}.`]),
  ]
}

function titleOf({ dataset, subset, judge, prompt }: Pick<Parting, 'dataset' | 'subset' | 'judge' | 'prompt'>): string {
  return [dataset, subset, judge, prompt].join(' / ')
}

function percent(value: number | null): string {
  return value === null ? '-' : value.toFixed(1)
}

function share(value: number | null): string {
  return value === null ? '-' : value.toFixed(2)
}
