import type { GateComparison, GateMetric } from './gate-comparison.ts'

export type GateReport = GateComparison & {
  readonly agent: string
  /** What was compared with what, as the caller named it. */
  readonly baseline: string
  readonly candidate: string
}

const WORDS = { pass: 'PASS', fail: 'FAIL', inconclusive: 'INCONCLUSIVE' } as const

/** A gate as Markdown, for a terminal, a job summary or a comment. */
export function gateMarkdown(report: GateReport): string {
  const { verdict, agent, metrics, notCompared, inputs } = report
  const rows = metrics.map((metric) =>
    [
      metric.name,
      WORDS[metric.verdict],
      amount(metric.baseline),
      amount(metric.candidate),
      `${metric.difference < 0 ? '' : '+'}${amount(metric.difference)}`,
      metric.lower === null ? '' : amount(metric.lower),
      amount(-metric.margin),
      amount(metric.pWorse),
      String(metric.inputs),
    ].map(cell),
  )
  const worse = metrics.filter((metric) => metric.verdict !== 'pass' && metric.worseInputs.length > 0)
  return [
    `### Tidemark gate of ${cell(agent)}: ${WORDS[verdict]}`,
    '',
    gateSentence(report),
    '',
    `| ${HEAD.join(' | ')} |`,
    `| ${HEAD.map(() => '---').join(' | ')} |`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    `${inputs} inputs, candidate ${cell(report.candidate)}, baseline version ${cell(report.baseline)}.`,
    ...(notCompared.length === 0 ? [] : [`Not compared, without a better side or a value: ${notCompared.join(', ')}.`]),
    ...worse.map(({ name, worseInputs }) => `Worse by ${cell(name)}: ${worseInputs.map(cell).join(', ')}.`),
    '',
  ].join('\n')
}

const HEAD = [
  'metric',
  'verdict',
  'baseline',
  'candidate',
  'difference',
  'lower limit',
  'must be above',
  'p worse',
  'inputs',
]

/** The verdict in a sentence. */
export function gateSentence({ verdict, metrics, inputsNeeded }: GateReport): string {
  const named = (which: GateMetric['verdict']): string =>
    metrics
      .filter((metric) => metric.verdict === which)
      .map(({ name }) => name)
      .join(', ')
  switch (verdict) {
    case 'pass':
      return 'The candidate is no worse than the baseline version by more than the margin, in every metric.'
    case 'fail':
      return `The candidate is worse: ${named('fail')}.`
    case 'inconclusive':
      return metrics.length === 0
        ? 'Nothing could be compared.'
        : `Too few inputs to say either: ${named('inconclusive')}. ${inputsNeeded === null ? 'This sample does not tell how many would decide.' : `About ${inputsNeeded} inputs would decide.`}`
  }
}

/** A gate as JUnit XML: one case for each metric. */
export function gateJunit(report: GateReport): string {
  const { metrics, agent } = report
  const count = (which: GateMetric['verdict']): number => metrics.filter(({ verdict }) => verdict === which).length
  const cases = metrics.map((metric) => {
    const open = `    <testcase classname="${xml(`tidemark.gate.${agent}`)}" name="${xml(metric.name)}"`
    if (metric.verdict === 'pass') return `${open}/>`
    const element = metric.verdict === 'fail' ? 'failure' : 'error'
    return `${open}><${element} type="${metric.verdict}" message="${xml(metricSentence(metric))}"/></testcase>`
  })
  const head = `name="${xml(`tidemark gate ${agent}`)}" tests="${metrics.length}" failures="${count('fail')}" errors="${count('inconclusive')}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${head}>`,
    `  <testsuite ${head}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function metricSentence({
  baseline,
  candidate,
  verdict,
  pWorse,
  inputs,
  inputsNeeded,
  worseInputs,
}: GateMetric): string {
  const found = `baseline ${amount(baseline)}, candidate ${amount(candidate)} over ${inputs} inputs, p of worse ${amount(pWorse)}`
  const decide =
    verdict === 'inconclusive' && inputsNeeded !== null ? `; about ${inputsNeeded} inputs would decide` : ''
  return `${found}${decide}${worseInputs.length === 0 ? '' : `; worse: ${worseInputs.join(', ')}`}`
}

function amount(value: number): string {
  return String(Number(value.toPrecision(3)))
}

/** Names and ids come from files: they must not become a cell, a line or markup of their own. */
function cell(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ').replaceAll(/[\\|<>`*_[\]]/gu, String.raw`\$&`)
}

function xml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\p{Cc}|[\uFFFE\uFFFF]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
