import { threshold } from '../../src/statistics/index.ts'
import { type AgentTrace, traceAgent } from '../agent-trace.ts'
import { BASELINE_ITEMS, CHANGE_RUN, PER_DAY, YEAR } from '../detection-plan.ts'
import { type Dataset, type Pool, qualityOnly, withSharedMetrics } from '../pool.ts'
import { type Figure, medianFigure, shareFigure } from './figure.ts'
import type { Repeat } from './single-stream-figures.ts'

/** The recorded runs of which the specification states figures. */
const BEFORE = 'gpt-4o-2024-05-13-FC@2024-08-11'
const AFTER = 'gpt-4o-2024-08-06-FC@2024-08-11'
const MINI = 'gpt-4o-mini-2024-07-18-FC@2024-08-11'
const PROMPT_MODE = 'gpt-4o-2024-05-13@2024-08-11'
const DAYS_AFTER = 30

/** What the specification states of recorded function calls; nothing where the folder does not hold those runs. */
export function recordedFigures(datasets: readonly Dataset[], repeat: Repeat): Figure[] {
  const runs = datasets.find(({ name }) => name === 'function-calls')?.runs ?? []
  const [before, after, mini, prompt] = [BEFORE, AFTER, MINI, PROMPT_MODE].map((wanted) =>
    runs.find(({ name }) => name === wanted),
  )
  if (before === undefined || after === undefined || mini === undefined || prompt === undefined) return []
  return [
    ...noChangeFigures(before, repeat),
    ...updateFigures(before, after, repeat),
    ...qualityFigures(before, after, repeat),
    ...largeFigures(before, mini, mixture(before, prompt), repeat),
  ]
}

function noChangeFigures(pool: Pool, repeat: Repeat): Figure[] {
  const all = follow(pool, pool, 1, YEAR, repeat(100))
  const quality = follow(qualityOnly(pool), qualityOnly(pool), 1, YEAR, repeat(60))
  const four = 'recorded function calls, a year without a change, 4 metrics'
  const two = 'recorded function calls, a year without a change, quality metrics alone'
  const stated = [
    { budget: 1, expected: 0.09 },
    { budget: 0.5, expected: 0.06 },
    { budget: 0.1, expected: 0.02 },
  ]
  return [
    ...stated.map(({ budget, expected }) =>
      shareFigure(
        { experiment: four, figure: `raw alarm at budget ${budget}` },
        { expected, repetitions: 100 },
        paged(raw, budget, all),
      ),
    ),
    shareFigure({ experiment: two, figure: 'raw' }, { expected: 0.117, repetitions: 60 }, paged(raw, 1, quality)),
    shareFigure({ experiment: two, figure: 'page' }, { expected: 0.05, repetitions: 60 }, paged(page, 1, quality)),
  ]
}

function paged(
  evidence: (trace: AgentTrace) => Float64Array,
  budget: number,
  traces: readonly AgentTrace[],
): boolean[] {
  return traces.map((trace) => first(evidence(trace), budget) < Infinity)
}

function updateFigures(before: Pool, after: Pool, repeat: Repeat): Figure[] {
  const experiment = 'gpt-4o of May replaced by that of August 2024, tools mode, 4 metrics'
  const traces = follow(before, after, CHANGE_RUN, CHANGE_RUN - 1 + DAYS_AFTER, repeat(40))
  const modes = [
    { mode: 'raw', evidence: raw },
    { mode: 'page', evidence: page },
  ] as const
  const found = traces.filter((trace) => isFinite(delay(page(trace))) && first(page(trace)) >= CHANGE_RUN)
  return [
    ...modes.flatMap(({ mode, evidence }) => {
      const judged = traces.map(evidence).filter((path) => first(path) >= CHANGE_RUN)
      return [
        ...([3, 7, 30] as const).map((within, index) =>
          shareFigure(
            { experiment, figure: `${mode}: within ${within} runs` },
            { expected: [0.4, 0.97, 1][index] ?? 0, repetitions: 40 },
            judged.map((path) => delay(path) <= within),
          ),
        ),
        medianFigure(
          { experiment, figure: `${mode}: median delay, runs` },
          4,
          judged.map((path) => delay(path)),
        ),
      ]
    }),
    shareFigure(
      { experiment, figure: 'page before the change' },
      { expected: 0, repetitions: 40 },
      traces.map((trace) => first(page(trace)) < CHANGE_RUN),
    ),
    shareFigure(
      { experiment, figure: 'onset named within one run' },
      { expected: 1, repetitions: 40 },
      found.map((trace) => Math.abs((trace.onset[first(page(trace)) - 1] ?? 0) - CHANGE_RUN) <= 1),
    ),
  ]
}

function qualityFigures(before: Pool, after: Pool, repeat: Repeat): Figure[] {
  const experiment = 'the same update, quality metrics alone: correctness rises'
  const runs = CHANGE_RUN - 1 + DAYS_AFTER
  const traces = follow(qualityOnly(before), qualityOnly(after), CHANGE_RUN, runs, repeat(40))
  const within = (evidence: (trace: AgentTrace) => Float64Array): boolean[] =>
    traces
      .map(evidence)
      .filter((path) => first(path) >= CHANGE_RUN)
      .map((path) => delay(path) <= DAYS_AFTER)
  return [
    shareFigure({ experiment, figure: 'raw: within 30 runs' }, { expected: 0.7, repetitions: 40 }, within(raw)),
    shareFigure({ experiment, figure: 'page: within 30 runs' }, { expected: 0, repetitions: 40 }, within(page)),
  ]
}

function largeFigures(before: Pool, mini: Pool, mixed: Pool, repeat: Repeat): Figure[] {
  return [
    { experiment: 'swap to the mini model, 4 metrics', pool: mini },
    { experiment: 'a quarter of the traffic in prompt mode', pool: mixed },
  ].map(({ experiment, pool }) => {
    const [first, second] = withSharedMetrics(before, pool)
    const traces = follow(first, second, CHANGE_RUN, CHANGE_RUN - 1 + DAYS_AFTER, repeat(40))
    return medianFigure(
      { experiment, figure: 'page: median delay, runs' },
      1,
      traces.map((trace) => delay(page(trace))),
    )
  })
}

/** Three outputs of the first pool for one of the second, with the metrics of both. */
function mixture(first: Pool, second: Pool): Pool {
  const [own, other] = withSharedMetrics(first, second)
  const parts = [own, own, own, other]
  return {
    ...own,
    name: `${first.name} with a quarter of ${second.name}`,
    strata: Uint16Array.from(parts.flatMap(({ strata }) => [...strata])),
    metrics: own.metrics.map((metric) => ({
      ...metric,
      values: Float64Array.from(
        parts.flatMap(({ metrics }) => [...(metrics.find(({ name }) => name === metric.name)?.values ?? [])]),
      ),
    })),
  }
}

function follow(before: Pool, after: Pool, changeRun: number, runs: number, agents: number): AgentTrace[] {
  const name = `block H, ${before.name}, ${after.name}, ${before.metrics.length} metrics`
  const scenario = { name, before, after, changeRun, runs, perDay: PER_DAY, baselineItems: BASELINE_ITEMS }
  return Array.from({ length: agents }, (_, agent) => traceAgent(scenario, agent))
}

function raw({ logEvidence }: AgentTrace): Float64Array {
  return logEvidence
}

function page({ logGated }: AgentTrace): Float64Array {
  return logGated
}

/** First run at the threshold of a budget of at most one page a year, from `from` on. */
function first(evidence: Float64Array, budget = 1, from = 1): number {
  const logThreshold = Math.log(threshold(YEAR, budget))
  const index = evidence.findIndex((log, run) => run + 1 >= from && log >= logThreshold)
  return index === -1 ? Infinity : index + 1
}

function delay(evidence: Float64Array): number {
  return first(evidence, 1, CHANGE_RUN) - CHANGE_RUN + 1
}
