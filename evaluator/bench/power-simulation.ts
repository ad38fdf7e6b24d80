import { threshold } from '../src/statistics/index.ts'
import { traceAgent } from './agent-trace.ts'
import { changeOf, type WatchedAgent, yearOf } from './detection-rows.ts'
import type { Pool } from './pool.ts'
import { type PowerDesign, syntheticPool } from './synthetic-pool.ts'
import { viewAt } from './tidemark-views.ts'
import type { Scenario } from './traffic.ts'

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
