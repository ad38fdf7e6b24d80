import type { Direction } from '../src/statistics/index.ts'

/** A metric over every recorded item of a pool. */
export type PoolMetric = {
  readonly name: string
  readonly kind: 'binary' | 'score' | 'categorical'
  readonly direction: Direction
  /** Says how good an output is; the others describe it. */
  readonly isQuality: boolean
  /** One value an item, NaN where it is missing; the index of the category for categorical metrics. */
  readonly values: Float64Array
  /** Number of categories, 0 for other kinds. */
  readonly categories: number
}

/** The recorded outputs of one run, from which baselines and batches are drawn. */
export type Pool = {
  readonly name: string
  /** Index of the stratum of every item; the indexes mean the same in all pools of a dataset. */
  readonly strata: Uint16Array
  readonly stratumCount: number
  readonly metrics: readonly PoolMetric[]
  /** Which input each item answers, where the recording says so: the same in all runs of a dataset. */
  readonly inputs?: readonly string[]
}

/** Two runs of one agent, and what is known about the difference between them. */
export type PoolPair = {
  readonly name: string
  readonly label: 'drift' | 'no-drift'
  readonly before: Pool
  readonly after: Pool
}

export type Dataset = {
  readonly name: string
  readonly runs: readonly Pool[]
  readonly pairs: readonly PoolPair[]
}

/** An item as the reader of a dataset found it; null is missing. */
export type PoolItem = {
  readonly stratum: number
  readonly values: readonly (number | null)[]
  readonly input?: string
}

export type MetricDefinition = Omit<PoolMetric, 'values'>

/** Less than this share of values is no metric of the run: the recording does not hold it. */
const LEAST_SHARE = 0.5

/** Metrics without enough values are left out. */
export function poolOf(
  name: string,
  stratumCount: number,
  definitions: readonly MetricDefinition[],
  items: readonly PoolItem[],
): Pool {
  const metrics = definitions.map((definition, m) => ({
    ...definition,
    values: Float64Array.from(items, ({ values }) => values[m] ?? Number.NaN),
  }))
  const inputs = items.flatMap(({ input }) => input ?? [])
  return {
    name,
    strata: Uint16Array.from(items, ({ stratum }) => stratum),
    stratumCount,
    ...(inputs.length === items.length ? { inputs } : {}),
    metrics: metrics.filter(({ values }) => values.filter(Number.isFinite).length >= LEAST_SHARE * items.length),
  }
}

/** Both pools with the metrics that both have: what only one recording holds says nothing about a change. */
export function withSharedMetrics(before: Pool, after: Pool): readonly [Pool, Pool] {
  const shared = (pool: Pool, other: Pool): Pool => ({
    ...pool,
    metrics: pool.metrics.filter(({ name }) => other.metrics.some((metric) => metric.name === name)),
  })
  return [shared(before, after), shared(after, before)]
}

/** The pool with its quality metrics alone. */
export function qualityOnly(pool: Pool): Pool {
  return { ...pool, metrics: pool.metrics.filter(({ isQuality }) => isQuality) }
}

/** The pool without knowledge of strata: how a tool sees it that compares all traffic with all traffic. */
export function withoutStrata(pool: Pool): Pool {
  return { ...pool, strata: new Uint16Array(pool.strata.length), stratumCount: 1 }
}

/** Mean of a metric over the pool, missing values left out. */
export function poolMean(metric: PoolMetric): number {
  const known = metric.values.filter(Number.isFinite)
  return known.reduce((sum, value) => sum + value, 0) / known.length
}
