import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldBinary, foldBins, foldMoments } from '../daily/fold.ts'
import { createDetector } from './detector.ts'
import { budget, mean, rate, run, shape } from './example-streams.ts'
import type { StreamBatch } from './stream-input.ts'

const collapse = (n: number): StreamBatch[] => [[{ n, x: 0 }], [{ n, mean: -1e99, m2: 0 }]]

function choose(n: number, k: number): number {
  if (k < 0 || k > n) return 0
  let ways = 1
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i
  return Math.round(ways)
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze)
    Object.freeze(value)
  }
  return value
}

const count = fc.integer({ min: 0, max: 60 })
const binaryBatch = fc
  .array(fc.tuple(count, count), { maxLength: 5 })
  .map((rows) => rows.map(([a, b]) => ({ n: a + b, x: a })))
const scoreBatch = fc.array(
  fc.record({
    n: count,
    mean: fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    m2: fc.double({ min: 0, max: 1e4, noNaN: true }),
  }),
  { maxLength: 5 },
)
const shapeBatch = fc.array(fc.tuple(count, count, count, count, count), { maxLength: 5 })
const threeKinds = [rate({ weight: 0.5 }), mean({ weight: 0.3 }), shape({ weight: 0.2 })]
const day = fc.tuple(fc.option(binaryBatch), fc.option(scoreBatch), fc.option(shapeBatch))

describe('the evidence', () => {
  it('is never NaN or +Infinity, and the gated sums never exceed it', () => {
    fc.assert(
      fc.property(fc.array(day, { minLength: 1, maxLength: 12 }), (days) => {
        for (const step of run(threeKinds, days)) {
          if (step === null) continue
          for (const log of [step.logEvidence, ...step.streams.map(({ logEvidence }) => logEvidence)])
            expect(Number.isFinite(log)).toBe(true)
          for (const log of [step.logGated, step.logImproved]) {
            expect(log).not.toBeNaN()
            expect(log).toBeLessThanOrEqual(step.logEvidence + 1e-9)
          }
          expect(step.posterior.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(1, 10)
          expect(step.onsetSet).toContain(step.onset)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('survives total collapse of large batches against a huge reference', () => {
    const huge = [
      rate({ weight: 0.5, baseline: [{ n: 2e6, x: 2e6 - 1 }] }),
      mean({ weight: 0.5, baseline: [{ n: 2e6, mean: 1e99, m2: 1e190 }] }),
    ]
    for (const step of run(huge, [1, 499, 500, 5e5, 1e9].map(collapse))) {
      expect(Number.isFinite(step!.logEvidence)).toBe(true)
      expect(step!.streams.map(({ z }) => z)).toEqual([expect.any(Number), expect.any(Number)])
    }
  })

  it('survives a cell whose both ends lie beyond the clip', () => {
    const [step] = run([rate({ baseline: [{ n: 40_000, x: 39_000 }] })], [[[{ n: 500, x: 1 }]]])
    expect(step!.streams[0]!.z).toBe(-40)
    expect(step!.logEvidence).toBeGreaterThan(15)
    expect(Number.isFinite(step!.logEvidence)).toBe(true)
  })

  it('gets factor 1 from a day without information, and that day adds one candidate', () => {
    const perfect = rate({ baseline: [{ n: 250, x: 250 }], weight: 0.5 })
    const constant = mean({ baseline: [{ n: 250, mean: 0.7, m2: 0 }], weight: 0.5 })
    const [first, second] = run(
      [perfect, constant],
      [
        [[{ n: 100, x: 100 }], [{ n: 20, mean: 0.7, m2: 0 }]],
        [null, [{ n: 20, mean: 0.7, m2: 0 }]],
      ],
    )
    const lump = 365 / 4
    expect(first!.logEvidence).toBeCloseTo(Math.log(1 + lump), 12)
    expect(second!.logEvidence).toBeCloseTo(Math.log(2 + lump), 12)
    expect(second!.streams.map(({ z, nu }) => [z, nu])).toEqual([
      [null, 8],
      [null, 8],
    ])
    expect(second!.posterior).toEqual([0.5, 0.5])
    expect(second!.onset).toBe(0)
  })

  it('grows with the size of the effect', () => {
    const size = fc.integer({ min: 20, max: 300 })
    const shift = fc.double({ min: 0.2, max: 3, noNaN: true })
    fc.assert(
      fc.property(size, shift, shift, fc.nat({ max: 300 }), fc.nat({ max: 300 }), (n, d1, d2, x1, x2) => {
        const ofMean = (d: number): number => run([mean()], [[[{ n, mean: d, m2: n - 1 }]]])[0]!.logEvidence
        expect(ofMean(Math.max(d1, d2))).toBeGreaterThanOrEqual(ofMean(Math.min(d1, d2)) - 1e-9)
        // below the baseline's rate fewer successes are more evidence; one direction only, so that the other is no help
        const least = Math.floor(0.9 * n)
        const ofRate = (x: number): number => run([rate()], [[[{ n, x }]]])[0]!.logEvidence
        const [few, many] = [Math.min(x1, x2, least), Math.min(Math.max(x1, x2), least)]
        expect(ofRate(few)).toBeGreaterThanOrEqual(ofRate(many) - 1e-9)
      }),
      { numRuns: 60 },
    )
  })

  it('does not change through a day without information, but for the candidate of that day', () => {
    const idle: readonly (readonly (StreamBatch | null)[])[] = [
      [[{ n: 7, x: 7 }], [{ n: 3, mean: 0.7, m2: 0 }]],
      [null, [{ n: 20, mean: 0.7, m2: 0 }]],
      [[{ n: 40, x: 40 }], null],
    ]
    const perfect = rate({ baseline: [{ n: 250, x: 250 }], weight: 0.5 })
    const constant = mean({ baseline: [{ n: 250, mean: 0.7, m2: 0 }], weight: 0.5 })
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...idle), { minLength: 1, maxLength: 20 }), (batches) => {
        const steps = run(
          [perfect, constant],
          batches.map((batch) => [...batch]),
        )
        steps.forEach((step, t) => {
          expect(step!.logEvidence).toBeCloseTo(Math.log(t + 1 + 365 / 4), 10)
          expect(step!.logGated).toBe(-Infinity)
          expect(step!.streams.map(({ z, nu }) => [z, nu])).toEqual([
            [null, 8],
            [null, 8],
          ])
        })
      }),
    )
  })

  it('is the same when metric and direction are both mirrored', () => {
    fc.assert(
      fc.property(fc.array(scoreBatch, { minLength: 1, maxLength: 6 }), (batches) => {
        const mirrored = batches.map((batch) => batch.map((row) => ({ ...row, mean: -row.mean })))
        const up = run(
          [mean({ direction: 'higher-better' })],
          batches.map((batch) => [batch]),
        )
        const down = run(
          [mean({ direction: 'lower-better' })],
          mirrored.map((batch) => [batch]),
        )
        up.forEach((step, t) => {
          expect(down[t]?.logEvidence ?? 0).toBeCloseTo(step?.logEvidence ?? 0, 9)
          expect(down[t]?.logGated ?? 0).toBeCloseTo(step?.logGated ?? 0, 9)
          expect(down[t]?.logImproved ?? 0).toBeCloseTo(step?.logImproved ?? 0, 9)
        })
      }),
      { numRuns: 40 },
    )
  })

  it('of a rate is the same when successes and failures, and the direction, are both exchanged', () => {
    fc.assert(
      fc.property(fc.array(binaryBatch, { minLength: 1, maxLength: 6 }), (batches) => {
        const baseline = [{ n: 250, x: 200 }]
        const exchanged = batches.map((batch) => batch.map(({ n, x }) => ({ n, x: n - x })))
        const up = run(
          [rate({ baseline })],
          batches.map((batch) => [batch]),
        )
        const down = run(
          [rate({ baseline: [{ n: 250, x: 50 }], direction: 'lower-better' })],
          exchanged.map((batch) => [batch]),
        )
        up.forEach((step, t) => {
          expect(down[t]?.logEvidence ?? 0).toBeCloseTo(step?.logEvidence ?? 0, 9)
          expect(down[t]?.logImproved ?? 0).toBeCloseTo(step?.logImproved ?? 0, 9)
        })
      }),
      { numRuns: 40 },
    )
  })

  it('does not depend on the order of the items inside a stratum', () => {
    const items = fc.array(
      fc.record({ stratum: fc.nat({ max: 2 }), value: fc.double({ min: -5, max: 5, noNaN: true }) }),
      { minLength: 1, maxLength: 40 },
    )
    const order = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 40, maxLength: 40 })
    fc.assert(
      fc.property(items, order, (drawn, keys) => {
        const shuffled = drawn
          .map((item, i) => ({ item, key: keys[i]! }))
          .sort((a, b) => a.key - b.key)
          .map(({ item }) => item)
        const stepOf = (batch: typeof drawn): number[] =>
          run(threeKinds, [
            [
              foldBinary(batch.map(({ stratum, value }) => ({ stratum, value: value > -2 ? 1 : 0 }))),
              foldMoments(batch),
              foldBins(batch, [-2, -1, 1, 2]),
            ],
          ]).flatMap((step) => step!.streams.map(({ logEvidence }) => logEvidence))
        const [binary, score, bins] = stepOf(drawn)
        const again = stepOf(shuffled)
        expect([again[0], again[2]]).toEqual([binary, bins])
        expect(again[1]).toBeCloseTo(score!, 9)
      }),
      { numRuns: 60 },
    )
  })

  it('does not move with a pure change of the mix, whatever the shares', () => {
    const baseline = [
      { n: 200, x: 180 },
      { n: 200, x: 80 },
    ]
    const tens = fc.nat({ max: 12 })
    const mixes = fc.array(
      fc.tuple(tens, tens).filter(([a, b]) => a + b > 0),
      { minLength: 1, maxLength: 12 },
    )
    fc.assert(
      fc.property(mixes, (shares) => {
        const steps = run(
          [rate({ baseline })],
          shares.map(([a, b]) => [
            [
              { n: 10 * a, x: 9 * a },
              { n: 10 * b, x: 4 * b },
            ],
          ]),
        )
        for (const step of steps) {
          expect(Math.abs(step!.streams[0]!.z!)).toBeLessThan(0.35)
          expect(Math.abs(step!.streams[0]!.effect)).toBeLessThan(1e-12)
          expect(step!.logGated).toBe(-Infinity)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('is expected to be at most runs + lump without a change, over all ways the items can fall', () => {
    const [inBaseline, inRun, runs, successes] = [6, 2, 4, 11]
    const lump = 2
    const expectation = Array.from({ length: runs }, () => 0)
    const ways = choose(inBaseline + inRun * runs, successes)
    for (let code = 0; code < (inRun + 1) ** runs; code++) {
      const xs = Array.from({ length: runs }, (_value, t) => Math.floor(code / (inRun + 1) ** t) % (inRun + 1))
      const x = successes - xs.reduce((sum, value) => sum + value, 0)
      const weight = xs.reduce((product, value) => product * choose(inRun, value), choose(inBaseline, x)) / ways
      if (weight === 0) continue
      const detector = createDetector({ streams: [rate({ baseline: [{ n: inBaseline, x }] })], ...budget, lump })
      xs.forEach((value, t) => {
        expectation[t]! += weight * Math.exp(detector.step([[{ n: inRun, x: value }]])!.logEvidence)
      })
    }
    expectation.forEach((value, t) => {
      expect(value).toBeLessThanOrEqual(t + 1 + lump + 1e-9)
      expect(value).toBeGreaterThan(0.8 * (t + 1 + lump))
    })
  })

  it('is bit-equal when recomputed, and the inputs stay as they were', () => {
    fc.assert(
      fc.property(fc.array(day, { minLength: 1, maxLength: 8 }), (days) => {
        const frozen = deepFreeze(days)
        expect(run(deepFreeze(threeKinds), frozen)).toEqual(run(threeKinds, structuredClone(frozen)))
      }),
      { numRuns: 40 },
    )
  })
})
