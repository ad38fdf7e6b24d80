/**
 * How many examples are needed: delay and false pages of planned designs, simulated.
 *
 * npm run bench:power -- [--n0 250] [--n 100] [--metrics 4] [--strata 1] [--budget 1] [--from 0.97 --to 0.9 | --shift 0.3]
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { describeError, TidemarkError } from '../src/domain/errors.ts'
import { days, markdownTable, rate } from './markdown-table.ts'
import { type PowerResult, simulatePower } from './power-simulation.ts'
import type { PlannedChange, PowerDesign } from './synthetic-pool.ts'

const HELP = `Simulates designs of a watch: how soon a change is found, and how often a page is false.

  npm run bench:power -- [options]

  Without a design: the planning table. With any of these, one design:
  --n0 250        items of the frozen baseline
  --n 100         items a day
  --metrics 4     metrics, of which one changes
  --strata 1      strata of equal size
  --budget 1      false pages a year
  --from 0.97     rate before, with --to
  --to 0.9        rate after
  --shift 0.3     instead of rates: a score falls by so many standard deviations

  --agents 60     agents that live through the change (40 each in the table)
  --years 60      agent-years without a change (10 each in the table)
  --quick         few repetitions
  --markdown FILE the table
  --json FILE     { designs: [{ baselineItems, perDay, ..., found3, ..., pFalsePageYear }] }
`

const DEFAULTS = {
  baselineItems: 250,
  perDay: 100,
  metrics: 4,
  strata: 1,
  falsePagesPerYear: 1,
  change: { kind: 'rate', from: 0.97, to: 0.9 },
} as const satisfies PowerDesign

/** One thing varies at a time, so that the table shows what it buys. */
const TABLE: readonly PowerDesign[] = (
  [
    { kind: 'rate', from: 0.97, to: 0.94 },
    { kind: 'rate', from: 0.97, to: 0.9 },
    { kind: 'score', shift: 0.2 },
    { kind: 'score', shift: 0.4 },
  ] as const
).flatMap((change) => [
  { ...DEFAULTS, change },
  ...[30, 500, 2000].map((perDay) => ({ ...DEFAULTS, change, perDay })),
  { ...DEFAULTS, change, baselineItems: 500 },
  { ...DEFAULTS, change, metrics: 1 },
  { ...DEFAULTS, change, metrics: 10 },
  { ...DEFAULTS, change, strata: 5 },
  { ...DEFAULTS, change, falsePagesPerYear: 0.1 },
  { ...DEFAULTS, change, falsePagesPerYear: 12 },
])

process.exitCode = main()

function main(): number {
  try {
    const { values } = parseArgs({
      options: {
        n0: { type: 'string' },
        n: { type: 'string' },
        metrics: { type: 'string' },
        strata: { type: 'string' },
        budget: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        shift: { type: 'string' },
        agents: { type: 'string' },
        years: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        markdown: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
    if (values.help) {
      process.stdout.write(HELP)
      return 0
    }
    const { quick, json, markdown } = values
    const isOne = [
      values.n0,
      values.n,
      values.metrics,
      values.strata,
      values.budget,
      values.from,
      values.to,
      values.shift,
    ].some((value) => value !== undefined)
    const designs = isOne ? [designFrom(values)] : TABLE
    const repetitions = {
      agents: whole('agents', values.agents, quick ? 10 : isOne ? 60 : 40),
      years: whole('years', values.years, quick ? 2 : isOne ? 60 : 10),
    }
    const results = designs.map((design, index) => {
      process.stderr.write(`\rdesign ${index + 1} of ${designs.length} `)
      return { design, result: simulatePower(design, repetitions) }
    })
    process.stderr.write('\n')
    const text = powerMarkdown(results, repetitions)
    process.stdout.write(text)
    if (markdown !== undefined) writeFileSync(markdown, text)
    if (json !== undefined)
      writeFileSync(
        json,
        `${JSON.stringify({ designs: results.map(({ design, result }) => ({ ...design, ...result })) }, undefined, 2)}\n`,
      )
    return 0
  } catch (error) {
    const isUsage = error instanceof TypeError && 'code' in error
    const { code, message, next } = describeError(
      isUsage ? new TidemarkError('argument_invalid', error.message, 'See --help for the options.') : error,
    )
    process.stderr.write(`${code}: ${message}\n${next}\n`)
    return isUsage || error instanceof TidemarkError ? 2 : 1
  }
}

type Given = Readonly<
  Record<'n0' | 'n' | 'metrics' | 'strata' | 'budget' | 'from' | 'to' | 'shift', string | undefined>
>

function designFrom(given: Partial<Given>): PowerDesign {
  return {
    baselineItems: whole('n0', given.n0, DEFAULTS.baselineItems),
    perDay: whole('n', given.n, DEFAULTS.perDay),
    metrics: whole('metrics', given.metrics, DEFAULTS.metrics),
    strata: whole('strata', given.strata, DEFAULTS.strata),
    falsePagesPerYear: number('budget', given.budget, DEFAULTS.falsePagesPerYear, (value) => value > 0),
    change: changeFrom(given),
  }
}

function changeFrom({ from, to, shift }: Partial<Given>): PlannedChange {
  if (shift !== undefined && (from !== undefined || to !== undefined))
    throw new TidemarkError(
      'argument_invalid',
      `--shift ${shift} comes with --from or --to.`,
      'Give --from and --to for a rate, or --shift for a score.',
    )
  if (shift !== undefined) return { kind: 'score', shift: number('shift', shift, 0, (value) => value > 0) }
  return {
    kind: 'rate',
    from: number('from', from, DEFAULTS.change.from, isRate),
    to: number('to', to, DEFAULTS.change.to, isRate),
  }
}

function isRate(value: number): boolean {
  return value >= 0 && value <= 1
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  return number(name, text, otherwise, (value) => Number.isInteger(value) && value >= 1)
}

function number(name: string, text: string | undefined, otherwise: number, isFine: (value: number) => boolean): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && isFine(value)) return value
  throw new TidemarkError('argument_invalid', `--${name} is ${text}.`, `See --help for what --${name} means.`)
}

function powerMarkdown(
  results: Parameters<typeof powerTable>[0],
  { agents, years }: { readonly agents: number; readonly years: number },
): string {
  return [
    '# How many examples do I need?',
    `Simulated: the first of the metrics changes on day 31, or is worse than the baseline from the first day on (launch). ${agents} agents a ` +
      `design live through each, and ${years} years without a change. One thing varies at a time. Written by \`npm run bench:power\`.`,
    powerTable(results),
    '',
  ].join('\n\n')
}

function powerTable(results: readonly { readonly design: PowerDesign; readonly result: PowerResult }[]): string {
  return markdownTable(
    [
      'change',
      'n0',
      'a day',
      'metrics',
      'strata',
      'budget',
      'in 3 / 7 / 30 days',
      'median',
      'launch, 30 days',
      'false-page years',
    ],
    results.map(({ design, result }) => [
      design.change.kind === 'rate' ? `${design.change.from} -> ${design.change.to}` : `-${design.change.shift} sd`,
      String(design.baselineItems),
      String(design.perDay),
      String(design.metrics),
      String(design.strata),
      String(design.falsePagesPerYear),
      [result.found3, result.found7, result.found30].map(rate).join(' / '),
      days(result.medianDelayDays),
      rate(result.foundAtLaunch30),
      rate(result.pFalsePageYear),
    ]),
  )
}
