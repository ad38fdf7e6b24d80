import { traceAgent } from '../agent-trace.ts'
import type { PoolPair } from '../pool.ts'
import { type RecordedPair, recordedPairs } from '../sentinel/recorded-cases.ts'
import { sentinelDelays } from '../sentinel/sentinel-delay.ts'
import { TIDEMARK } from '../tidemark-views.ts'
import { median } from '../detection-rows.ts'

/** A pair whose second run answers from the first production day on: days to the page, null where most never page. */
export type FirstDayRow = {
  readonly pair: string
  readonly lostPoints: number
  readonly medianDays250: number | null
  readonly medianDays50: number | null
  /** The detector on production alone: 250 frozen examples, 100 calls a day. */
  readonly detectorMedianDays: number | null
}

export type FirstDayReport = {
  readonly worstMedianDays250: number | null
  readonly worstMedianDays50: number | null
  readonly detectorMedianDays: number | null
  readonly pairs: readonly FirstDayRow[]
}

const LEAST_LOST_POINTS = 4
const FROZEN_INPUTS = 250
const DAYS = 60
const CALLS_A_DAY = 100

/** Recorded pairs that lose 4 points or more, the change being there on the first production day. */
export function firstDayChanges(folder: string, pools: readonly PoolPair[], agents: number): FirstDayReport {
  const pairs = recordedPairs(folder)
    .filter(({ lostPoints }) => lostPoints >= LEAST_LOST_POINTS)
    .toSorted((a, b) => b.lostPoints - a.lostPoints)
    .map((pair) => firstDayRow(pair, pools, agents))
  return {
    worstMedianDays250: worst(pairs.map(({ medianDays250 }) => medianDays250)),
    worstMedianDays50: worst(pairs.map(({ medianDays50 }) => medianDays50)),
    detectorMedianDays: worst(pairs.map(({ detectorMedianDays }) => detectorMedianDays)),
    pairs,
  }
}

function firstDayRow(pair: RecordedPair, pools: readonly PoolPair[], agents: number): FirstDayRow {
  const replayed = (perDay: number): number | null =>
    median(sentinelDelays(pair, { inputs: FROZEN_INPUTS, perDay, agents }))
  const pool = pools.find(({ name }) => name === pair.name)
  return {
    pair: pair.name,
    lostPoints: pair.lostPoints,
    medianDays250: replayed(FROZEN_INPUTS),
    medianDays50: replayed(50),
    detectorMedianDays:
      pool === undefined ? null : median(Array.from({ length: agents }, (_, agent) => detectorPage(pool, agent))),
  }
}

function detectorPage({ name, before, after }: PoolPair, agent: number): number {
  const scenario = {
    name: `first day/${name}`,
    before,
    after,
    changeRun: 1,
    runs: DAYS,
    perDay: CALLS_A_DAY,
    baselineItems: FROZEN_INPUTS,
  }
  const first = TIDEMARK.watched(traceAgent(scenario, agent)).pages.indexOf(1)
  return first === -1 ? Infinity : first + 1
}

/** The largest; null, for never, is larger than all. Null too where there is no pair. */
function worst(medians: readonly (number | null)[]): number | null {
  const known = medians.filter((median) => median !== null)
  return known.length === 0 || known.length < medians.length ? null : Math.max(...known)
}
