import { seededRandom, seedOf } from '../src/demo/seeded-random.ts'
import { normalQuantile, threshold } from '../src/statistics/index.ts'
import { traceAgent } from './agent-trace.ts'
import { changeOf, type WatchedAgent, yearOf } from './detection-rows.ts'
import type { Pool } from './pool.ts'
import { viewAt } from './tidemark-views.ts'
import type { Scenario } from './traffic.ts'

/** What is planned: how much data, how many metrics and strata, and how many false pages a year. */
export type PowerDesign = {
  /** n0: items of the frozen baseline. */
  readonly baselineItems: number
  /** n: items a day. */
  readonly perDay: number
  /** K: metrics, of which one changes. */
  readonly metrics: number
  /** S: strata, all of one size. */
  readonly strata: number
  readonly falsePagesPerYear: number
  readonly change: PlannedChange
}

/** A rate that falls, or a score that falls by so many of its standard deviations. */
export type PlannedChange =
  | { readonly kind: 'rate'; readonly from: number; readonly to: number }
  | { readonly kind: 'score'; readonly shift: number }

export type PowerResult = {
  /** Share of no-change years with a page. */
  readonly pFalsePageYear: number
  /** A change on day 31: shares found within 3, 7 and 30 days; null where every agent was paged before. */
  readonly found3: number | null
  readonly found7: number | null
  readonly found30: number | null
  readonly medianDelayDays: number | null
  /** The same change on the first day, in production but not in the baseline: found within 30 days. */
  readonly foundAtLaunch30: number | null
}

export type PowerRepetitions = { readonly years: number; readonly agents: number }

const RUNS_PER_YEAR = 365
const CHANGE_RUN = 31
const RUNS_AFTER = 60
/** Large against what one agent sees, so that the pool stands for endless traffic. */
const POOL_ITEMS = 20_000

/** Simulates a design; the same design and repetitions give the same figures. */
export function simulatePower(design: PowerDesign, { years, agents }: PowerRepetitions): PowerResult {
  const before = syntheticPool(design, false)
  const after = syntheticPool(design, true)
  const { baselineItems, perDay, falsePagesPerYear } = design
  const watch = (second: Pool, changeRun: number, runs: number, count: number): WatchedAgent[] => {
    const scenario: Scenario = { name: 'power', before, after: second, changeRun, runs, perDay, baselineItems }
    const view = viewAt('power', Math.log(threshold(RUNS_PER_YEAR, falsePagesPerYear)))
    return Array.from({ length: count }, (_, agent) => view.watched(traceAgent(scenario, agent, falsePagesPerYear)))
  }
  const late = changeOf(watch(after, CHANGE_RUN, CHANGE_RUN - 1 + RUNS_AFTER, agents), CHANGE_RUN, true)
  const launch = changeOf(watch(after, 1, RUNS_AFTER, agents), 1, true)
  return {
    pFalsePageYear: years === 0 ? Number.NaN : yearOf(watch(before, 1, RUNS_PER_YEAR, years)).pAnyPageYear,
    found3: late.found3,
    found7: late.found7,
    found30: late.found30,
    medianDelayDays: late.medianDelayDays,
    foundAtLaunch30: launch.found30,
  }
}

/** Metrics are independent of each other and of the strata; the first one changes. */
function syntheticPool({ metrics, strata, change }: PowerDesign, isChanged: boolean): Pool {
  const items = Array.from({ length: POOL_ITEMS }, (_, index) => index)
  return {
    name: isChanged ? 'changed' : 'unchanged',
    strata: Uint16Array.from(items, (index) => index % strata),
    stratumCount: strata,
    metrics: Array.from({ length: metrics }, (_, metric) => {
      const random = seededRandom(seedOf(metric, 'power', String(isChanged)))
      return {
        name: `m${metric}`,
        kind: change.kind === 'rate' ? 'binary' : 'score',
        direction: 'higher-better',
        isQuality: true,
        categories: 0,
        values: shuffled(valuesOf(change, isChanged && metric === 0), random),
      }
    }),
  }
}

/** Exactly the planned rate, or quantiles of the normal distribution. */
function valuesOf(change: PlannedChange, isChanged: boolean): Float64Array {
  if (change.kind === 'rate') {
    const successes = Math.round((isChanged ? change.to : change.from) * POOL_ITEMS)
    return Float64Array.from({ length: POOL_ITEMS }, (_, index) => (index < successes ? 1 : 0))
  }
  return Float64Array.from(
    { length: POOL_ITEMS },
    (_, index) => normalQuantile((index + 0.5) / POOL_ITEMS) - (isChanged ? change.shift : 0),
  )
}

function shuffled(values: Float64Array, random: () => number): Float64Array {
  const mixed = values.slice()
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const value = mixed[last]!
    mixed[last] = mixed[other]!
    mixed[other] = value
  }
  return mixed
}
