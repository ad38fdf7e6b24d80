import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BinaryCount } from '../daily/stratum-statistics.ts'
import type { StreamDefinition } from '../detector/stream.ts'
import { mulberry32 } from '../gate/mulberry32.ts'
import { momentsOf } from '../daily/moments.ts'
import type { SameDayBatch } from './same-day-stream.ts'
import { createVariantDetector } from './variant-detector.ts'
import { variantMeanDifference, variantRateDifference } from './variant-difference.ts'

const budget = { runsPerYear: 365, falseAlarmsPerYear: 1 }
const valid: StreamDefinition = {
  name: 'valid',
  kind: 'binary',
  weight: 1,
  direction: 'higher-better',
  tolerance: 0.02,
  baseline: [{ n: 250, x: 240 }],
}
const length: StreamDefinition = {
  name: 'length',
  kind: 'score',
  weight: 1,
  direction: 'none',
  tolerance: 0.15,
  baseline: [{ n: 250, mean: 0, m2: 249 }],
}
const form: StreamDefinition = {
  name: 'form',
  kind: 'shape',
  weight: 1,
  direction: 'none',
  tolerance: 0.15,
  baseline: [[80, 80, 80]],
}
const arms = (variant: BinaryCount, control: BinaryCount): SameDayBatch => ({ variant: [variant], control: [control] })

function choose(n: number, k: number): number {
  let ways = 1
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i
  return Math.round(ways)
}

/** P(x of n) at rate p. */
function binomial(n: number, x: number, p: number): number {
  return choose(n, x) * p ** x * (1 - p) ** (n - x)
}

describe('the evidence about a variant', () => {
  it.each([0.3, 0.9])('is expected to be runs + lump where both arms have the rate %d, over all outcomes', (p) => {
    const [n, m, runs, lump] = [2, 3, 3, 2]
    const outcomes = (n + 1) * (m + 1)
    const expectation = [0, 0, 0]
    let crossed = 0
    const level = 9
    for (let code = 0; code < outcomes ** runs; code++) {
      const detector = createVariantDetector({ streams: [valid], ...budget, lump })
      let probability = 1
      let highest = 0
      const evidence: number[] = []
      for (let t = 0; t < runs; t++) {
        const outcome = Math.floor(code / outcomes ** t) % outcomes
        const [x, y] = [outcome % (n + 1), Math.floor(outcome / (n + 1))]
        probability *= binomial(n, x, p) * binomial(m, y, p)
        const step = detector.step([arms({ n, x }, { n: m, x: y })])
        evidence.push(Math.exp(step!.logEvidence))
        highest = Math.max(highest, evidence.at(-1)!)
      }
      evidence.forEach((value, t) => (expectation[t]! += probability * value))
      if (highest >= level) crossed += probability
    }
    expectation.forEach((value, t) => expect(value).toBeCloseTo(t + 1 + lump, 9))
    expect(crossed).toBeLessThanOrEqual((runs + lump) / level)
  })

  it('finds a variant that is 8 points worse within days, and calls a better one improved', () => {
    const detector = createVariantDetector({ streams: [valid], ...budget })
    let step = detector.step([arms({ n: 50, x: 44 }, { n: 200, x: 192 })])
    for (let day = 1; day < 8; day++) step = detector.step([arms({ n: 50, x: 44 }, { n: 200, x: 192 })])
    expect(step).toMatchObject({ pages: true, improved: false, run: 8 })
    expect(step!.streams[0]!.effect).toBeCloseTo(-0.08, 12)
    const better = createVariantDetector({ streams: [{ ...valid, direction: 'lower-better' }], ...budget })
    for (let day = 0; day < 12; day++) step = better.step([arms({ n: 50, x: 42 }, { n: 200, x: 192 })])
    expect(step).toMatchObject({ pages: false, improved: true })
  })

  it('does not move with what a day does to both arms alike', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 10 }), (successes) => {
        const detector = createVariantDetector({ streams: [valid], ...budget })
        for (const x of successes) {
          const step = detector.step([arms({ n: 20, x }, { n: 100, x: 5 * x })])!
          expect(Math.abs(step.streams[0]!.effect)).toBeLessThan(1e-12)
          expect(step.pages || step.improved).toBe(false)
          expect(Math.abs(step.streams[0]!.z ?? 0)).toBeLessThan(0.35)
        }
      }),
    )
  })

  it('does not move when the variant gets other strata more often than control', () => {
    const streams = [{ ...valid, baseline: [] }]
    const detector = createVariantDetector({ streams, ...budget })
    for (let day = 0; day < 60; day++) {
      const step = detector.step([
        {
          variant: [
            { n: 10, x: 9 },
            { n: 90, x: 36 },
          ],
          control: [
            { n: 90, x: 81 },
            { n: 10, x: 4 },
          ],
        },
      ])!
      expect(step.pages).toBe(false)
      expect(Math.abs(step.streams[0]!.effect)).toBeLessThan(1e-12)
    }
  })

  it('is a number for every input, bit-equal again, and leaves its inputs as they were', () => {
    const count = fc.integer({ min: 0, max: 40 })
    const counts = fc.array(
      fc.tuple(count, count).map(([x, rest]) => Object.freeze({ n: x + rest, x })),
      { maxLength: 3 },
    )
    const moments = fc.array(
      fc
        .record({
          n: count,
          mean: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
          m2: fc.double({ min: 0, max: 1e9, noNaN: true }),
        })
        .map((row) => Object.freeze(row)),
      { maxLength: 3 },
    )
    const bins = fc.array(
      fc.tuple(count, count, count).map((row) => Object.freeze(row)),
      { maxLength: 3 },
    )
    const day = fc.tuple(
      fc.option(fc.record({ variant: counts, control: counts })),
      fc.option(fc.record({ variant: moments, control: moments })),
      fc.option(fc.record({ variant: bins, control: bins })),
    )
    const constant = { ...length, baseline: [{ n: 250, mean: 1, m2: 0 }], weight: 0.3 }
    const streams = [{ ...valid, weight: 0.5 }, constant, { ...form, weight: 0.2 }]
    fc.assert(
      fc.property(fc.array(day, { maxLength: 8 }), (days) => {
        const once = createVariantDetector({ streams, ...budget })
        const again = createVariantDetector({ streams, ...budget })
        for (const batches of days) {
          const step = once.step(batches)
          expect(again.step(structuredClone(batches))).toEqual(step)
          if (step === null) continue
          expect(Number.isFinite(step.logEvidence)).toBe(true)
          expect(step.logGated).toBeLessThanOrEqual(step.logEvidence + 1e-9)
          for (const { effect } of step.streams) expect(effect).not.toBeNaN()
        }
      }),
      { numRuns: 60 },
    )
  })

  it('grows with the difference, and a day without comparable items is no run', () => {
    const evidence = [180, 160, 140, 100].map((x) => {
      const detector = createVariantDetector({ streams: [valid], ...budget })
      return detector.step([arms({ n: 200, x }, { n: 400, x: 384 })])!.logEvidence
    })
    evidence.slice(1).forEach((value, i) => expect(value).toBeGreaterThan(evidence[i]!))
    const detector = createVariantDetector({ streams: [valid], ...budget })
    expect(detector.step([null])).toBeNull()
    expect(detector.step([arms({ n: 9, x: 9 }, { n: 0, x: 0 })])).toBeNull()
    expect(detector.runs).toBe(0)
  })

  it('finds another length and another form', () => {
    const long = createVariantDetector({ streams: [length], ...budget })
    const other = createVariantDetector({ streams: [form], ...budget })
    let [score, shape] = [false, false]
    for (let day = 0; day < 6; day++) {
      score = long.step([{ variant: [{ n: 40, mean: 0.8, m2: 39 }], control: [{ n: 160, mean: 0, m2: 159 }] }])!.pages
      shape = other.step([{ variant: [[5, 15, 20]], control: [[55, 55, 50]] }])!.pages
    }
    expect([score, shape]).toEqual([true, true])
  })

  it('refuses another number of batches than streams', () => {
    const detector = createVariantDetector({ streams: [valid], ...budget })
    expect(() => detector.step([null, null])).toThrow(expect.objectContaining({ code: 'statistics_batch_invalid' }))
  })
})

describe('the difference between a variant and control', () => {
  it('has an interval that holds the true difference in 95 % of simulated weeks', () => {
    const next = mulberry32(7)
    const draw = (n: number, p: number): BinaryCount => {
      let x = 0
      for (let i = 0; i < n; i++) if (next() / 2 ** 32 < p) x++
      return { n, x }
    }
    let covered = 0
    const weeks = 1000
    for (let week = 0; week < weeks; week++) {
      const days = Array.from({ length: 7 }, (_, day) => ({
        variant: [draw(40, 0.85 - 0.02 * day), draw(15, 0.5)],
        control: [draw(100, 0.9 - 0.02 * day), draw(50, 0.55)],
      }))
      const { lower, upper } = variantRateDifference(days)!
      if (lower <= -0.05 && upper >= -0.05) covered++
    }
    expect(covered / weeks).toBeGreaterThan(0.93)
    expect(covered / weeks).toBeLessThan(0.97)
  })

  it('of one pair is the plain difference of rates and of means', () => {
    const rates = variantRateDifference([{ variant: [{ n: 40, x: 30 }], control: [{ n: 160, x: 140 }] }])!
    expect(rates.difference).toBeCloseTo(0.75 - 0.875, 12)
    const variant = [1, 2, 3, 4]
    const control = [2, 4, 6, 8, 10]
    const means = variantMeanDifference([{ variant: [momentsOf(variant)], control: [momentsOf(control)] }])!
    expect(means.difference).toBeCloseTo(2.5 - 6, 12)
    // pooled two-sample t: s^2 = (5 + 40) / 7
    expect(means.error).toBeCloseTo(Math.sqrt((45 / 7) * (1 / 4 + 1 / 5)), 12)
  })

  it('turns its sign when the arms change places', () => {
    const pair = fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), fc.nat(50), fc.nat(50))
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 6 }), (rows) => {
        const days = rows.map(([n, m, x, y]) => ({
          variant: [{ n, x: Math.min(n, x) }],
          control: [{ n: m, x: Math.min(m, y) }],
        }))
        const there = variantRateDifference(days)!
        const back = variantRateDifference(
          days.map(({ variant, control }) => ({ variant: control, control: variant })),
        )!
        expect(back.difference).toBeCloseTo(-there.difference, 12)
        expect(back.error).toBeCloseTo(there.error, 9)
      }),
    )
  })

  it('is null where nothing can be compared', () => {
    expect(variantRateDifference([])).toBeNull()
    expect(variantRateDifference([{ variant: [{ n: 3, x: 1 }], control: [] }])).toBeNull()
    expect(variantMeanDifference([{ variant: [momentsOf([1])], control: [momentsOf([2])] }])).toBeNull()
  })
})
