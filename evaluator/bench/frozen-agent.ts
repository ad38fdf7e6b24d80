import {
  type BinaryCount,
  type BinCounts,
  type Moments,
  rankTransform,
  shapeBin,
  shapeCuts,
  type StreamBatch,
  type StreamDefinition,
} from '../src/statistics/index.ts'
import { TOLERANCE } from '../src/verdict/streams.ts'
import type { Pool, PoolMetric } from './pool.ts'

/** An agent whose baseline is frozen: its streams, and what a day's items are to them. */
export type FrozenAgent = {
  readonly streams: readonly StreamDefinition[]
  /** Batches of one day in the order of the streams. `pool` is the first or the second pool of the agent. */
  batch(pool: Pool, items: Int32Array): (StreamBatch | null)[]
}

/** Reduces the items of a day to the statistics of one stream. */
type Reader = (items: Int32Array) => StreamBatch
type StreamPlan = {
  readonly definition: StreamDefinition
  readonly readers: ReadonlyMap<Pool, Reader>
}

/**
 * Freezes a baseline of `items` from the first pool. Metrics weigh the same and share their weight among their streams, as
 * the evaluator has it. The transforms of every recorded item are computed once, so that a day costs a few additions.
 */
export function freezeAgent(before: Pool, after: Pool, items: Int32Array): FrozenAgent {
  const pools = before === after ? [before] : [before, after]
  const plans = before.metrics.flatMap((metric) => metricPlans(metric, before.metrics.length, pools, items))
  return {
    streams: plans.map(({ definition }) => definition),
    batch: (pool, today) =>
      plans.map(({ readers }) => {
        const read = readers.get(pool)
        if (read === undefined) throw new Error(`${pool.name} is no pool of this agent`)
        return read(today)
      }),
  }
}

function metricPlans(
  metric: PoolMetric,
  metricCount: number,
  pools: readonly Pool[],
  baseline: Int32Array,
): StreamPlan[] {
  const [first] = pools
  if (first === undefined) throw new Error('an agent has a pool')
  const valuesIn = (pool: Pool): Float64Array => {
    const found = pool.metrics.find(({ name }) => name === metric.name)
    if (found === undefined) throw new Error(`${pool.name} has no metric ${metric.name}`)
    return found.values
  }
  const plan = <Statistics extends StreamBatch>(
    stream: string,
    streams: number,
    definition: (frozen: Statistics, common: Common) => StreamDefinition,
    reader: (pool: Pool, values: Float64Array) => (items: Int32Array) => Statistics,
  ): StreamPlan => {
    const readers = new Map(pools.map((pool) => [pool, reader(pool, valuesIn(pool))]))
    const common = {
      name: `${metric.name}.${stream}`,
      weight: 1 / metricCount / streams,
      direction: metric.direction,
    }
    return { definition: definition(reader(first, valuesIn(first))(baseline), common), readers }
  }
  if (metric.kind === 'binary') return [plan('mean', 1, binaryDefinition, countSuccesses)]
  if (metric.kind === 'categorical')
    return [plan('categories', 1, shapeDefinition, (pool, values) => countBins(pool, values, metric.categories))]
  const known = [...baseline].map((item) => metric.values[item]!).filter(Number.isFinite)
  const rank = rankTransform(known)
  const cuts = shapeCuts(known)
  const ranked = (values: Float64Array): Float64Array =>
    values.map((value) => (Number.isFinite(value) ? rank(value) : Number.NaN))
  const binned = (values: Float64Array): Float64Array =>
    values.map((value) => (Number.isFinite(value) ? shapeBin(cuts, value) : Number.NaN))
  return [
    plan('mean', 3, scoreDefinition, sumMoments),
    plan('rank', 3, scoreDefinition, (pool, values) => sumMoments(pool, ranked(values))),
    plan('distribution', 3, shapeDefinition, (pool, values) => countBins(pool, binned(values), cuts.length + 1)),
  ]
}

type Common = Pick<StreamDefinition, 'name' | 'weight' | 'direction'>

function binaryDefinition(baseline: readonly BinaryCount[], common: Common): StreamDefinition {
  return { ...common, kind: 'binary', tolerance: TOLERANCE.binary, baseline }
}

function scoreDefinition(baseline: readonly Moments[], common: Common): StreamDefinition {
  return { ...common, kind: 'score', tolerance: TOLERANCE.score, baseline }
}

function shapeDefinition(baseline: readonly BinCounts[], common: Common): StreamDefinition {
  return { ...common, kind: 'shape', tolerance: TOLERANCE.shape, baseline }
}

function countSuccesses({ strata, stratumCount }: Pool, values: Float64Array): (items: Int32Array) => BinaryCount[] {
  return (items) => {
    const n = new Float64Array(stratumCount)
    const x = new Float64Array(stratumCount)
    for (const item of items) {
      const value = values[item]!
      if (Number.isNaN(value)) continue
      const stratum = strata[item]!
      n[stratum]! += 1
      x[stratum]! += value
    }
    return Array.from(n, (count, stratum) => ({ n: count, x: x[stratum]! }))
  }
}

/** Two passes: the mean of every stratum, then the squares around it. */
function sumMoments({ strata, stratumCount }: Pool, values: Float64Array): (items: Int32Array) => Moments[] {
  return (items) => {
    const n = new Float64Array(stratumCount)
    const mean = new Float64Array(stratumCount)
    const m2 = new Float64Array(stratumCount)
    for (const item of items) {
      const value = values[item]!
      if (Number.isNaN(value)) continue
      n[strata[item]!]! += 1
      mean[strata[item]!]! += value
    }
    for (let stratum = 0; stratum < stratumCount; stratum++) if (n[stratum]! > 0) mean[stratum]! /= n[stratum]!
    for (const item of items) {
      const value = values[item]!
      if (Number.isNaN(value)) continue
      const stratum = strata[item]!
      m2[stratum]! += (value - mean[stratum]!) ** 2
    }
    return Array.from(n, (count, stratum) => ({ n: count, mean: mean[stratum]!, m2: m2[stratum]! }))
  }
}

function countBins(
  { strata, stratumCount }: Pool,
  values: Float64Array,
  bins: number,
): (items: Int32Array) => BinCounts[] {
  return (items) => {
    const counts = Array.from({ length: stratumCount }, () => Array.from({ length: bins }, () => 0))
    for (const item of items) {
      const value = values[item]!
      if (!Number.isNaN(value)) counts[strata[item]!]![value]! += 1
    }
    return counts
  }
}
