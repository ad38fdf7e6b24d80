import { psi, quantileOfSorted, shapeBin } from '../src/statistics/index.ts'
import { fewerSuccesses, smallerValues } from './one-sided-test.ts'
import type { Pool, PoolMetric } from './pool.ts'
import { type Scenario, traffic } from './traffic.ts'

/** Pages of one agent, 1 on a day on which the rule says "drift". */
export type PageDays = Uint8Array

/** Rules that teams write themselves. They look at each day alone, at each metric alone, and page when any metric does. */
export const RULES = [
  'PSI > 0.2 (written here)',
  'daily KS, p < 0.05 (written here)',
  'daily one-sided test, p < 1/365 (written here)',
] as const
export type Rule = (typeof RULES)[number]

export type RuleAgent = {
  readonly pages: PageDays
  /** The statistic of every day, larger where it says more of drift: PSI, or -log10 p times the number of metrics. */
  readonly scores: Float64Array
}

const PSI_LIMIT = 0.2
const PSI_BINS = 10
const KS_LIMIT = 0.05
const DAYS_A_YEAR = 365
const LEAST_P = 1e-300

/** Follows one agent with every rule, on the same traffic as all other detectors. */
export function rulePages(scenario: Scenario, agent: number): Record<Rule, RuleAgent> {
  const { before, after, changeRun, runs } = scenario
  const { baseline, days } = traffic(scenario, agent)
  const noDrift = { psi: 0, ks: 1, oneSided: 1 }
  const daily = Array.from({ length: runs }, () => ({ ...noDrift }))
  // categories have no order, so their distribution function has no meaning
  const ordered = before.metrics.filter(({ kind }) => kind !== 'categorical').length
  const directed = before.metrics.filter(({ direction }) => direction !== 'none').length
  for (const metric of before.metrics) {
    const reference = valuesOf(metric, baseline)
    const countsOf = binCounter(metric, reference)
    const referenceCounts = countsOf(reference)
    for (const [day, items] of days.entries()) {
      const today = valuesOf(metricIn(day + 1 < changeRun ? before : after, metric.name), items)
      const own = daily[day]!
      if (today.length === 0) continue
      own.psi = Math.max(own.psi, psi(referenceCounts, countsOf(today)))
      if (metric.kind !== 'categorical') own.ks = Math.min(own.ks, kolmogorovSmirnov(reference, today).p)
      if (metric.direction !== 'none') own.oneSided = Math.min(own.oneSided, worsening(metric, reference, today))
    }
  }
  return {
    'PSI > 0.2 (written here)': {
      pages: Uint8Array.from(daily, (day) => (day.psi > PSI_LIMIT ? 1 : 0)),
      scores: Float64Array.from(daily, (day) => day.psi),
    },
    'daily KS, p < 0.05 (written here)': {
      pages: Uint8Array.from(daily, ({ ks }) => (ks < KS_LIMIT ? 1 : 0)),
      scores: Float64Array.from(daily, ({ ks }) => surprise(ks, ordered)),
    },
    'daily one-sided test, p < 1/365 (written here)': {
      pages: Uint8Array.from(daily, ({ oneSided }) => (oneSided * directed < 1 / DAYS_A_YEAR ? 1 : 0)),
      scores: Float64Array.from(daily, ({ oneSided }) => surprise(oneSided, directed)),
    },
  }
}

/** -log10 of a p-value, Bonferroni over the metrics. */
function surprise(p: number, metrics: number): number {
  return -Math.log10(Math.max(LEAST_P, Math.min(1, p * metrics)))
}

/** p-value of "today is worse than the baseline", one-sided; both sorted. */
function worsening({ kind, direction }: PoolMetric, reference: Float64Array, today: Float64Array): number {
  const isHigherBetter = direction === 'higher-better'
  if (kind !== 'binary') return isHigherBetter ? smallerValues(today, reference) : smallerValues(reference, today)
  const successes = (values: Float64Array): { n: number; x: number } => ({
    n: values.length,
    x: values.reduce((sum, value) => sum + (isHigherBetter ? value : 1 - value), 0),
  })
  return fewerSuccesses(successes(today), successes(reference))
}

/**
 * Two-sample Kolmogorov-Smirnov distance of sorted samples and its p-value, with Stephens' correction for small samples.
 * Asymptotic; conservative where values are tied.
 */
export function kolmogorovSmirnov(x: Float64Array, y: Float64Array): { readonly distance: number; readonly p: number } {
  let i = 0
  let j = 0
  let distance = 0
  while (i < x.length && j < y.length) {
    const value = Math.min(x[i]!, y[j]!)
    while (i < x.length && value === x[i]) i++
    while (j < y.length && value === y[j]) j++
    distance = Math.max(distance, Math.abs(i / x.length - j / y.length))
  }
  const root = Math.sqrt((x.length * y.length) / (x.length + y.length))
  return { distance, p: kolmogorovTail((root + 0.12 + 0.11 / root) * distance) }
}

/** P(K > lambda) = 2 sum (-1)^(k-1) exp(-2 k^2 lambda^2); the series does not converge near 0, where it is 1. */
function kolmogorovTail(lambda: number): number {
  if (lambda < 0.2) return 1
  let sum = 0
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * lambda * lambda)
    sum += k % 2 === 1 ? term : -term
    if (term < 1e-16) break
  }
  return Math.min(1, Math.max(0, 2 * sum))
}

/** Deciles of the baseline, ties merged; the values themselves where there are few. */
function binCounter(metric: PoolMetric, reference: Float64Array): (values: Float64Array) => number[] {
  const cuts =
    metric.kind === 'score'
      ? Array.from({ length: PSI_BINS - 1 }, (_, index) => quantileOfSorted(reference, (index + 1) / PSI_BINS))
      : Array.from({ length: Math.max(1, metric.categories - 1) }, (_, index) => index + 0.5)
  const distinct = [...new Set(cuts)]
  return (values) => {
    const counts = Array.from({ length: distinct.length + 1 }, () => 0)
    for (const value of values) counts[shapeBin(distinct, value)]! += 1
    return counts
  }
}

function metricIn(pool: Pool, name: string): PoolMetric {
  const found = pool.metrics.find((metric) => metric.name === name)
  if (found === undefined) throw new Error(`${pool.name} has no metric ${name}`)
  return found
}

/** Known values, sorted. */
function valuesOf({ values }: PoolMetric, items: Int32Array): Float64Array {
  return Float64Array.from(items, (item) => values[item]!)
    .filter(Number.isFinite)
    .sort()
}
