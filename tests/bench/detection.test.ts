import { describe, expect, test } from 'vitest'
import { atOurRate } from '../../evaluator/bench/at-our-rate.ts'
import type { Watched } from '../../evaluator/bench/detection-report.ts'
import { fewerSuccesses, smallerValues } from '../../evaluator/bench/one-sided-test.ts'
import { changeOf, median, yearOf } from '../../evaluator/bench/detection-rows.ts'
import { thresholdAtRate } from '../../evaluator/bench/equal-rate.ts'
import { freezeAgent } from '../../evaluator/bench/frozen-agent.ts'
import { type Pool, withoutStrata } from '../../evaluator/bench/pool.ts'
import { kolmogorovSmirnov, rulePages } from '../../evaluator/bench/rule-pages.ts'
import { simulatePower } from '../../evaluator/bench/power-simulation.ts'
import { readDatasets } from '../../evaluator/bench/pools/datasets.ts'
import { poolMean } from '../../evaluator/bench/pool.ts'
import { mixWith, traffic } from '../../evaluator/bench/traffic.ts'
import { TIDEMARK } from '../../evaluator/bench/tidemark-views.ts'
import { traceAgent } from '../../evaluator/bench/agent-trace.ts'
import { foldBins, foldMoments, shapeCuts } from '../../evaluator/src/statistics/index.ts'
import { recordedData } from '../recorded-data.ts'

const POOL: Pool = {
  name: 'pool',
  strata: Uint16Array.from({ length: 60 }, (_, item) => item % 3),
  stratumCount: 3,
  metrics: [
    {
      name: 'score',
      kind: 'score',
      direction: 'none',
      isQuality: true,
      categories: 0,
      values: Float64Array.from({ length: 60 }, (_, item) => (item % 7 === 0 ? Number.NaN : Math.sin(item))),
    },
  ],
}
const SCENARIO = { name: 'one', before: POOL, after: POOL, changeRun: 1, runs: 5, perDay: 20, baselineItems: 40 }

describe('delays', () => {
  const agent = (...days: number[]) => {
    const pages = new Uint8Array(60)
    for (const day of days) pages[day - 1] = 1
    return { pages }
  }

  test('a page on the day of the change is a delay of one day', () => {
    expect(changeOf([agent(31)], 31, true)).toMatchObject({ found3: 1, medianDelayDays: 1 })
  })

  test('an agent paged before the change is not counted for a detector with memory, and is for a daily rule', () => {
    const agents = [agent(20), agent(35)]
    expect(changeOf(agents, 31, true)).toMatchObject({ found7: 1, medianDelayDays: 5 })
    expect(changeOf(agents, 31, false)).toMatchObject({ found7: 0.5, medianDelayDays: null })
  })

  test('nothing is judged where all were paged before', () => {
    expect(changeOf([agent(1)], 31, true)).toMatchObject({ found30: null, medianDelayDays: null })
  })

  test('the onset error is the distance on the day of the page', () => {
    const onset = new Int32Array(60).fill(7)
    onset[33] = 33
    expect(changeOf([{ ...agent(34), onset }], 31, true).onsetErrorDays).toBe(2)
  })

  test('page days of a year are counted with repetition', () => {
    expect(yearOf([agent(1, 2, 3), agent()])).toEqual({ pAnyPageYear: 0.5, falsePageDays: 1.5 })
  })

  test('a median that is never reached is null', () => {
    expect(median([1, Infinity, Infinity])).toBeNull()
    expect(median([1, 2, Infinity])).toBe(2)
    expect(median([1, 2])).toBe(1.5)
  })
})

test('a threshold at a rate lets that share of years page', () => {
  const maxima = Array.from({ length: 100 }, (_, year) => year / 10)
  for (const rate of [0, 0.05, 0.4]) {
    const threshold = thresholdAtRate(maxima, rate)
    expect(maxima.filter((maximum) => maximum >= threshold).length).toBe(Math.round(rate * 100))
  }
  expect(thresholdAtRate(maxima, 1)).toBe(-Infinity)
})

describe('detectors at the false-page rate of tidemark', () => {
  const scenario = { ...SCENARIO, runs: 4 }
  const watched = (detector: string, list: 'noChange' | 'change', years: readonly (readonly number[])[]): Watched => ({
    experiment: {
      list,
      dataset: 'one',
      subject: 'one',
      scenario,
      agents: years.length,
      follow: 'rules',
      variant: '',
      poolDifference: 0,
    },
    detector,
    hasMemory: false,
    agents: years.map((scores) => ({ pages: Uint8Array.from(scores, Math.sign), scores: Float64Array.from(scores) })),
  })
  const own = (...pages: number[]): Watched => {
    const { agents, ...rest } = watched(
      'tidemark',
      'noChange',
      pages.map((page) => [page]),
    )
    return { ...rest, agents: agents.map((agent) => ({ pages: agent.pages })) }
  }

  test('page in as many of the fitted years, and are reported on the others', () => {
    // fitted years are the second and the fourth: with half of the years allowed, the larger maximum pages
    const rule = watched('rule', 'noChange', [[1, 9], [2], [7, 7], [5]])
    const change = watched('rule', 'change', [[1, 3, 1, 6]])
    const [year, changed] = atOurRate([own(0, 1), rule, change])
    expect(year?.detector).toBe('rule, at the false-page rate of tidemark')
    expect(year?.agents.map(({ pages }) => [...pages])).toEqual([
      [0, 1],
      [1, 1],
    ])
    expect(changed?.agents.map(({ pages }) => [...pages])).toEqual([[0, 1, 0, 1]])
  })

  test('never page in a fitted year where tidemark never does', () => {
    const [year] = atOurRate([own(0, 0), watched('rule', 'noChange', [[6], [5], [1], [4]])])
    expect(year?.agents.map(({ pages }) => [...pages])).toEqual([[1], [0]])
  })

  test('are left out where they have no statistic of their own', () => {
    expect(atOurRate([own(0, 1)])).toEqual([])
  })
})

describe('one-sided tests', () => {
  test('Fisher: known values, and certainty where nothing can be fewer', () => {
    // the lady tasting tea: 1 of 4 right, of 4 right among 8
    expect(fewerSuccesses({ n: 4, x: 1 }, { n: 4, x: 3 })).toBeCloseTo(17 / 70, 12)
    expect(fewerSuccesses({ n: 10, x: 10 }, { n: 20, x: 20 })).toBeCloseTo(1, 9)
    expect(fewerSuccesses({ n: 100, x: 0 }, { n: 250, x: 250 })).toBeLessThan(1e-80)
  })

  test('Kolmogorov-Smirnov: only a fall counts', () => {
    const x = Float64Array.from({ length: 100 }, (_, index) => index)
    const lower = x.map((value) => value - 20)
    expect(smallerValues(lower, x)).toBeCloseTo(Math.exp(-4), 12)
    expect(smallerValues(x, lower)).toBe(1)
  })

  test('a rule pages on a fall of quality and not on a rise', () => {
    const metric = { name: 'm', kind: 'binary', direction: 'higher-better', isQuality: true, categories: 0 } as const
    const pool = (rate: number): Pool => ({
      name: String(rate),
      strata: new Uint16Array(100),
      stratumCount: 1,
      metrics: [{ ...metric, values: Float64Array.from({ length: 100 }, (_, item) => (item < 100 * rate ? 1 : 0)) }],
    })
    const pages = (before: number, after: number): number[] => {
      const scenario = { ...SCENARIO, before: pool(before), after: pool(after), changeRun: 3, runs: 4, perDay: 100 }
      return [
        ...rulePages({ ...scenario, baselineItems: 250 }, 1)['daily one-sided test, p < 1/365 (written here)'].pages,
      ]
    }
    expect(pages(0.9, 0.6)).toEqual([0, 0, 1, 1])
    expect(pages(0.6, 0.9)).toEqual([0, 0, 0, 0])
  })
})

test('the Kolmogorov-Smirnov p-value agrees with known values', () => {
  const x = Float64Array.from({ length: 100 }, (_, index) => index)
  const same = kolmogorovSmirnov(x, x)
  expect(same).toEqual({ distance: 0, p: 1 })
  // distance 0.2 with 100 and 100 items: 0.0315 asymptotically (Stephens' correction included)
  const { distance, p } = kolmogorovSmirnov(
    x,
    x.map((value) => value + 20),
  )
  expect(distance).toBeCloseTo(0.2, 12)
  expect(p).toBeGreaterThan(0.03)
  expect(p).toBeLessThan(0.04)
})

describe('traffic', () => {
  test('is the same for the same name and agent, and another for another agent', () => {
    expect(traffic(SCENARIO, 1)).toEqual(traffic(SCENARIO, 1))
    expect(traffic(SCENARIO, 1)).not.toEqual(traffic(SCENARIO, 2))
  })

  test('follows the mix it is given', () => {
    const mix = mixWith(POOL, 0, 0.8)
    const { days } = traffic({ ...SCENARIO, runs: 1, perDay: 5000, mix: { before: mix, after: mix } }, 1)
    const share = (days[0] ?? new Int32Array()).filter((item) => POOL.strata[item] === 0).length / 5000
    expect(share).toBeCloseTo(0.8, 1)
  })
})

test('a day is folded as the evaluator folds it', () => {
  const { baseline, days } = traffic(SCENARIO, 3)
  const agent = freezeAgent(POOL, POOL, baseline)
  const day = days[0] ?? new Int32Array()
  const values = POOL.metrics[0]?.values ?? new Float64Array()
  const items = (indexes: Int32Array) =>
    [...indexes].map((item) => ({ stratum: POOL.strata[item] ?? 0, value: values[item] ?? null }))
  const [mean, , distribution] = agent.batch(POOL, day)
  for (const [stratum, folded] of foldMoments(items(day)).entries()) {
    const own = mean?.[stratum]
    if (own === undefined || !('m2' in own)) throw new Error('a score has moments')
    expect(own.n).toBe(folded.n)
    expect(own.mean).toBeCloseTo(folded.mean, 12)
    expect(own.m2).toBeCloseTo(folded.m2, 10)
  }
  const cuts = shapeCuts([...baseline].map((item) => values[item] ?? Number.NaN).filter(Number.isFinite))
  expect(distribution).toEqual(foldBins(items(day), cuts))
})

test('a large change is found at once, and half as many metrics do not make it later', () => {
  const design = { baselineItems: 250, perDay: 100, strata: 2, falsePagesPerYear: 1 } as const
  const change = { kind: 'rate', from: 0.97, to: 0.8 } as const
  const four = simulatePower({ ...design, metrics: 4, change }, { years: 1, agents: 5 })
  const two = simulatePower({ ...design, metrics: 2, change }, { years: 1, agents: 5 })
  expect(four.found3).toBe(1)
  expect(two.medianDelayDays).toBeLessThanOrEqual(four.medianDelayDays ?? Infinity)
})

const recordings = recordedData('')

describe.skipIf(recordings === undefined)('recorded outputs', () => {
  test('the update of gpt-4o in tools mode is found in a median of at most 7 days', () => {
    const pair = readDatasets(recordings ?? '')
      .flatMap(({ pairs }) => pairs)
      .find(({ name }) => name === 'gpt-4o-2024-05-13-FC@2024-08-11 -> gpt-4o-2024-08-06-FC@2024-08-11')
    if (pair === undefined) throw new Error('the pair is in the folder')
    const rates = (pool: Pool) => pool.metrics.slice(0, 2).map((metric) => poolMean(metric))
    expect(rates(pair.before)[0]).toBeCloseTo(0.991, 2)
    const scenario = { ...SCENARIO, ...pair, changeRun: 31, runs: 60, perDay: 100, baselineItems: 250 }
    const agents = Array.from({ length: 15 }, (_, agent) => TIDEMARK.watched(traceAgent(scenario, agent)))
    expect(changeOf(agents, 31, true).medianDelayDays).toBeLessThanOrEqual(7)
  })
})

test('a pool without strata has the same items', () => {
  const blind = withoutStrata(POOL)
  expect(blind.strata).toEqual(new Uint16Array(60))
  expect(blind.metrics).toBe(POOL.metrics)
})
