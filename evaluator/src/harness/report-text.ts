import { percent, points } from './readiness.ts'
import type { HarnessReport, RateRow, SetReport } from './report.ts'

/** The report as Markdown; a terminal shows the same text. */
export function reportText(report: HarnessReport): string {
  const { real, demo, gap, readiness } = report
  return [
    `# Harness run of ${report.agent}`,
    '',
    `**${VERDICTS[readiness.verdict]}**${readiness.reasons.length === 0 ? `: the pass rate on real examples is at least ${percent(real.total.lower)}.` : ''}`,
    ...readiness.reasons.map((reason) => `- ${line(reason)}`),
    '',
    `Run ${report.run} of ${new Date(report.startedAt).toISOString().slice(0, 16).replace('T', ' ')} UTC, ${report.asked.done} of ${report.asked.of} calls, ${report.runs} ${report.runs === 1 ? 'run' : 'runs'} of each input. Target: ${line(report.target)}.`,
    `An answer passes when ${report.deciding.length === 0 ? 'some score says so; none does' : `${report.deciding.join(' and ')} ${report.deciding.length === 1 ? 'is' : 'are'} 1`}; a call that failed has not passed. Rates are of the first run, intervals of 95 % (Wilson).`,
    ...(report.silent.length === 0 ? [] : [`Not known of any answer, and not counted: ${report.silent.join(', ')}.`]),
    '',
    '## Pass rate',
    '',
    ...markdownTable([
      ['segment', 'passed', 'of', 'rate', '95 % interval'],
      ...(demo === null ? [] : [rateCells(demo.total, 'demo')]),
      rateCells(real.total, 'real'),
      ...(real.segments.length < 2 ? [] : real.segments.map((row) => rateCells(row, `real: ${row.segment}`))),
      ...(demo === null || demo.segments.length < 2
        ? []
        : demo.segments.map((row) => rateCells(row, `demo: ${row.segment}`))),
    ]),
    ...(real.weighted === null
      ? []
      : [
          '',
          `Weighted to the population: ${percent(real.weighted.rate)} (${interval(real.weighted)}, as of ${real.weighted.effectiveExamples.toFixed(0)} examples).`,
        ]),
    '',
    ...(gap === null
      ? ['No demo set was given: the gap to the real distribution is not known.']
      : [`**Demo minus real: ${points(gap.difference)}** (95 %: ${points(gap.lower)} to ${points(gap.upper)}).`]),
    '',
    '## What failed',
    '',
    ...failures(report),
    '## Time and money',
    '',
    ...markdownTable([
      ['set', 'calls', 'failed calls', 'median s', '90 % s', '99 % s', 'cost USD', 'USD a call'],
      costCells('real', real),
      ...(demo === null ? [] : [costCells('demo', demo)]),
    ]),
    '',
    '## What a baseline of these examples can find',
    '',
    report.detectable.fall === null
      ? `A fall that is there from the first day cannot be found with ${report.detectable.examples} examples.`
      : `${report.detectable.examples} examples find a fall of the pass rate by ${points(report.detectable.fall)} that is there from the first day (90 % power).`,
    report.recommended.examples === null
      ? `A fall of ${points(report.recommended.fall)} is not found with any number up to 2000.`
      : `For a fall of ${points(report.recommended.fall)}: ${report.recommended.examples} examples.`,
    '',
    ...(report.flaky === null
      ? []
      : [
          '## Inputs that waver',
          '',
          `${report.flaky.inputs} of ${report.flaky.of} real inputs passed in one run and failed in another.`,
          ...report.flaky.examples.map(({ id, runs }) => `- ${line(id)}: ${runs}`),
          '',
        ]),
  ].join('\n')
}

export const VERDICTS = { ready: 'Ready', not_ready: 'Not ready', undecided: 'Not decided' } as const

export function interval({ lower, upper }: { readonly lower: number; readonly upper: number }): string {
  return `${percent(lower)} to ${percent(upper)}`
}

function failures({ failures: rows }: HarnessReport): string[] {
  if (rows.length === 0) return ['Nothing.', '']
  return rows.flatMap((row) => [
    `### ${row.set}: ${line(row.kind)} (${row.count})`,
    '',
    ...row.examples.map(({ id, input, output, detail }) =>
      [
        `- ${line(id)}`,
        detail === '' ? '' : `: ${line(detail)}`,
        input === null ? '' : `; in: ${code(input)}`,
        output === null ? '' : `; out: ${code(output)}`,
      ].join(''),
    ),
    '',
  ])
}

function rateCells(row: RateRow, name: string): string[] {
  return [
    name,
    String(row.passed),
    String(row.judged),
    row.rate === null ? '-' : percent(row.rate),
    row.judged === 0 ? '-' : interval(row),
  ]
}

function costCells(name: string, { calls, failedCalls, latencySeconds, costUsd }: SetReport): string[] {
  return [
    name,
    String(calls),
    String(failedCalls),
    seconds(latencySeconds?.median),
    seconds(latencySeconds?.p90),
    seconds(latencySeconds?.p99),
    costUsd === null ? 'not told' : costUsd.total.toFixed(4),
    costUsd === null ? '-' : costUsd.perCall.toFixed(6),
  ]
}

function seconds(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(value < 10 ? 2 : 1)
}

function markdownTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => line(row[column] ?? '').length)))
  const written = rows.map((row) => `| ${row.map((cell, i) => line(cell).padEnd(widths[i] ?? 0)).join(' | ')} |`)
  return [written[0] ?? '', `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...written.slice(1)]
}

/** Texts of outside in one line, without what Markdown or a terminal would obey. */
function line(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replaceAll('|', '\\|')
    .replaceAll('<', '‹')
}

function code(text: string): string {
  return `\`${line(text).replaceAll('`', "'").slice(0, 160)}\``
}
