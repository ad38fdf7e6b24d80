/**
 * What a score "not refused" beside the output's form gains and costs (docs/decisions/0015-refusals-have-a-score.md).
 *
 * node evaluator/bench/one-more-score.ts --data FOLDER [--agents 6]
 */
import { parseArgs } from 'node:util'
import { seededRandom, seedOf } from '../src/demo/seeded-random.ts'
import { traceAgent } from './agent-trace.ts'
import { CHANGE_RUN, planExperiments, QUICK } from './detection-plan.ts'
import { changeOf } from './detection-rows.ts'
import { days, markdownTable, rate } from './markdown-table.ts'
import { type Pool, type PoolMetric, poolOf } from './pool.ts'
import { readDatasets } from './pools/datasets.ts'
import { TIDEMARK } from './tidemark-views.ts'
import type { Scenario } from './traffic.ts'

const { values } = parseArgs({ options: { data: { type: 'string' }, agents: { type: 'string', default: '6' } } })
if (values.data === undefined) throw new Error('--data FOLDER is missing: the folder with the recorded outputs')
const AGENTS = Number(values.agents)

const REFUSED: Omit<PoolMetric, 'values'> = {
  name: 'not_refused',
  kind: 'binary',
  direction: 'higher-better',
  isQuality: true,
  categories: 0,
}
const VALID = { ...REFUSED, name: 'valid' }
const FORM: Omit<PoolMetric, 'values'> = {
  name: 'output_form',
  kind: 'categorical',
  direction: 'none',
  isQuality: false,
  categories: 4,
}

/** The pool with a score that never moves: no output of it was refused. */
function withOneMore(pool: Pool): Pool {
  return { ...pool, metrics: [...pool.metrics, { ...REFUSED, values: new Float64Array(pool.strata.length).fill(1) }] }
}

function bothWithOneMore(scenario: Scenario): Scenario {
  return { ...scenario, before: withOneMore(scenario.before), after: withOneMore(scenario.after) }
}

function measured(scenario: Scenario) {
  const traces = Array.from({ length: AGENTS }, (_, agent) => TIDEMARK.watched(traceAgent(scenario, agent)))
  return changeOf(traces, CHANGE_RUN, true)
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length

/** Means over the recorded changes: what the score costs where refusals do not move. */
function recorded(name: string, scenarios: readonly Scenario[]): string[][] {
  const seen = (pick: (scenario: Scenario) => Scenario) => scenarios.map((scenario) => measured(pick(scenario)))
  const row = (title: string, rows: ReturnType<typeof seen>): string[] => [
    name,
    title,
    ...(['found3', 'found7', 'found30'] as const).map((key) => rate(mean(rows.map((one) => one[key] ?? 0)))),
  ]
  return [
    row(
      'as it is',
      seen((one) => one),
    ),
    row('with not_refused', seen(bothWithOneMore)),
  ]
}

/** An agent whose refusals rise: its form sees it, and so would the score. */
function refusing(share: number, kind: 'structured' | 'prose', scores: 'form' | 'form and not_refused'): Pool {
  const random = seededRandom(seedOf(0, kind, String(share)))
  const items = Array.from({ length: 20_000 }, () => {
    const isRefused = random() < share
    const isValid = !isRefused && random() < 0.97
    const form = isRefused ? 3 : random() < 0.9 ? 0 : random() < 0.8 ? 1 : 2
    const refused = isRefused ? 0 : 1
    const all = [...(kind === 'structured' ? [isValid ? 1 : 0] : []), form, ...(scores === 'form' ? [] : [refused])]
    return { stratum: 0, values: all }
  })
  const metrics = [...(kind === 'structured' ? [VALID] : []), FORM, ...(scores === 'form' ? [] : [REFUSED])]
  return poolOf(`${kind} ${share}`, 1, metrics, items)
}

const rises = (['structured', 'prose'] as const).flatMap((kind) =>
  [
    [0.002, 0.02],
    [0.002, 0.04],
    [0.02, 0.06],
    [0.02, 0.1],
  ].flatMap(([from = 0, to = 0]) =>
    (['form', 'form and not_refused'] as const).map((scores) => {
      const scenario: Scenario = {
        name: `${kind} ${from} -> ${to}`,
        before: refusing(from, kind, scores),
        after: refusing(to, kind, scores),
        changeRun: CHANGE_RUN,
        runs: CHANGE_RUN + 59,
        perDay: 100,
        baselineItems: 250,
      }
      const { found3, found7, found30, medianDelayDays } = measured(scenario)
      return [kind, `${from} → ${to}`, scores, ...[found3, found7, found30].map(rate), days(medianDelayDays)]
    }),
  ),
)
const plan = planExperiments(readDatasets(values.data), QUICK)
const changes = Map.groupBy(
  plan.filter(({ list, follow, variant }) => list === 'change' && follow === 'tidemark' && variant === ''),
  ({ dataset }) => dataset,
)
process.stdout.write(
  `${markdownTable(['agent', 'refusals', 'scores', 'found in 3 days', 'in 7', 'in 30', 'median days'], rises)}\n`,
)
for (const [dataset, experiments] of changes)
  process.stdout.write(
    `${markdownTable(
      ['recordings', `${experiments.length} changes`, 'found in 3 days', 'in 7', 'in 30'],
      recorded(
        dataset,
        experiments.map(({ scenario }) => scenario),
      ),
    )}\n`,
  )
