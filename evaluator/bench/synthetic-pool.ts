import { seededRandom, seedOf } from '../src/demo/seeded-random.ts'
import { normalQuantile } from '../src/statistics/index.ts'
import type { Pool } from './pool.ts'

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

/** Large against what one agent sees, so that the pool stands for endless traffic. */
const POOL_ITEMS = 20_000

/** Metrics are independent of each other and of the strata; the first one changes. */
export function syntheticPool({ metrics, strata, change }: PowerDesign, isChanged: boolean): Pool {
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
