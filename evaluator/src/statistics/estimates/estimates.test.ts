import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { launchLump, threshold } from '../detector/threshold.ts'
import { golden, isWithin } from '../golden.ts'
import { kappa } from './agreement.ts'
import { adjustedEffect } from './adjusted-effect.ts'
import { detectableEffects, effectInPoints, minimumDetectableEffect } from './detectable-effect.ts'
import { frozenMeanDifference, frozenRateDifference } from './frozen-difference.ts'
import { meanInterval } from './mean-interval.ts'
import { ppiPlusPlus } from './prediction-powered.ts'
import { clopperPearson, wilson } from './rate-interval.ts'

const vectors = golden('estimates')
const within = (actual: number | null | undefined, expected: number | null): void => {
  if (actual === null || actual === undefined || expected === null) return expect(actual).toBe(expected)
  expect(isWithin(actual, expected, vectors.tolerance), `${actual} against ${expected}`).toBe(true)
}
const argumentInvalid = expect.objectContaining({ code: 'statistics_argument_invalid' })

describe('golden estimates', () => {
  it.each(vectors.thresholds)('threshold of $runsPerYear runs, $falsePagesPerYear pages a year', (t) => {
    within(launchLump(t.runsPerYear, t.falsePagesPerYear), t.lump)
    within(threshold(t.runsPerYear, t.falsePagesPerYear), t.A)
  })
  it.each(vectors.intervals)(
    'intervals of $x of $n',
    ({ x, n, wilson: [low, high], clopperPearson: [exactLow, exactHigh] }) => {
      within(wilson(x, n).lower, low)
      within(wilson(x, n).upper, high)
      within(clopperPearson(x, n).lower, exactLow)
      within(clopperPearson(x, n).upper, exactHigh)
    },
  )
  it.each(vectors.meanInterval)('interval of a mean of $n', ({ n, mean, m2, r }) => {
    const interval = meanInterval({ n, mean, m2 })
    within(interval?.lower ?? null, r?.[0] ?? null)
    within(interval?.upper ?? null, r?.[1] ?? null)
  })
  it.each(vectors.mde)(
    'detectable effect, f $falsePagesPerYear, n0 $n0, weight $weight',
    ({ falsePagesPerYear, n0, weight, expected }) => {
      const effects = detectableEffects({
        baselineItems: n0,
        runsPerYear: 365,
        falsePagesPerYear,
        weight,
        later: { referenceItems: 3250, itemsAfter: 400 },
      })
      within(effects.launch, expected.launch)
      within(effects.later, expected.later)
    },
  )
  it('a small baseline with a small weight cannot find a launch change', () => {
    const { n0, falsePagesPerYear, weight, expected } = vectors.mdeUnreachable
    const effects = detectableEffects({ baselineItems: n0, runsPerYear: 365, falsePagesPerYear, weight })
    within(effects.launch, expected.launch)
    expect(effects.later).toBeNull()
    expect(effects.launchIsDetectable).toBe(false)
    expect(effects.baselineItemsNeeded).toBe(Math.ceil(n0 * (expected.launch / 0.8) ** 2))
  })
  it.each(vectors.ppi)('PPI++: $name', ({ y, f, fu, expected }) => {
    const estimate = ppiPlusPlus(
      y.map((human, i) => ({ human, judge: f[i]! })),
      fu,
    )
    within(estimate?.estimate, expected.estimate)
    within(estimate?.lambda, expected.lam)
    within(estimate?.error, expected.se)
    within(estimate?.lower, expected.lower)
    within(estimate?.upper, expected.upper)
    expect(estimate?.isReliable).toBe(y.length >= 100)
  })
  it.each(vectors.kappa)('kappa of $tp, $fp, $fn, $tn', ({ tp, fp, fn, tn, expected }) => {
    const agreement = kappa({ truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn })
    within(agreement.kappa, expected.kappa)
    within(agreement.baseRate, expected.base_rate)
    within(agreement.sensitivity, expected.sensitivity)
    within(agreement.specificity, expected.specificity)
  })
})

describe('estimates', () => {
  it('a threshold covers a lump larger than the default and does not fall for a smaller one', () => {
    expect(threshold(365, 1, 10)).toBe(threshold(365, 1))
    expect(threshold(365, 1, 200)).toBe(565)
  })
  it.each([
    [0, 1],
    [-1, 1],
    [Number.NaN, 1],
    [365, 0],
    [365, -2],
    [365, Infinity],
  ])('a budget of %d runs and %d pages a year is refused', (runs, pages) =>
    expect(() => threshold(runs, pages)).toThrow(expect.objectContaining({ code: 'statistics_budget_invalid' })),
  )
  it('the exact interval holds the rate and Wilson lies within the unit interval', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(2000), (a, b) => {
        const [x, n] = [Math.min(a, b), Math.max(a, b)]
        const exact = clopperPearson(x, n)
        const shown = wilson(x, n)
        expect(exact.lower).toBeLessThanOrEqual(n === 0 ? 0 : x / n)
        expect(exact.upper).toBeGreaterThanOrEqual(n === 0 ? 1 : x / n)
        expect(shown.lower).toBeGreaterThanOrEqual(0)
        expect(shown.upper).toBeLessThanOrEqual(1)
      }),
      { numRuns: 50 },
    )
  })
  it.each([
    () => wilson(3, 2),
    () => clopperPearson(-1, 2),
    () => wilson(1, 2, 1),
    () => meanInterval({ n: 3, mean: 1, m2: 1 }, 0),
  ])('counts and levels out of range are refused (%#)', (call) => expect(call).toThrow(argumentInvalid))
  it('the detectable effect falls with the items and rises with the threshold', () => {
    const query = { logThreshold: 6, priorWeights: [0.4, 0.4], effects: [0.1, 0.4] }
    const few = minimumDetectableEffect({ ...query, effectiveItems: 100 })!
    expect(minimumDetectableEffect({ ...query, effectiveItems: 400 })!).toBeLessThan(few)
    expect(minimumDetectableEffect({ ...query, effectiveItems: 100, logThreshold: 8 })!).toBeGreaterThan(few)
  })
  it('no effective item reaches no threshold', () => {
    expect(
      minimumDetectableEffect({ logThreshold: 6, priorWeights: [0.8], effects: [0.1], effectiveItems: 0 }),
    ).toBeNull()
  })
  it('a shift of a rate reads in points', () => expect(effectInPoints(0.4, 0.9)).toBeCloseTo(0.12, 12))
  it('labels alone decide where the judge never varies, and no label gives no estimate', () => {
    const labelled = [
      { human: 1, judge: 0.5 },
      { human: 0, judge: 0.5 },
    ]
    expect(ppiPlusPlus(labelled, [0.1, 0.9])).toMatchObject({ estimate: 0.5, lambda: 0 })
    expect(ppiPlusPlus([], [0.1, 0.9])).toBeNull()
    expect(ppiPlusPlus(labelled.slice(0, 1), [])).toMatchObject({ estimate: 1, error: Infinity })
    expect(() => ppiPlusPlus([{ human: Number.NaN, judge: 1 }], [])).toThrow(argumentInvalid)
  })
  it('agreement of no items is undefined throughout', () =>
    expect(kappa({ truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 })).toEqual({
      kappa: null,
      baseRate: null,
      sensitivity: null,
      specificity: null,
    }))
})

describe('the difference to the frozen baseline', () => {
  it('is stratified: a pure change of the mix is no difference', () => {
    const frozen = [
      { n: 200, x: 180 },
      { n: 200, x: 80 },
    ]
    const difference = frozenRateDifference(frozen, [
      { n: 40, x: 36 },
      { n: 400, x: 160 },
    ])
    expect(difference?.difference).toBeCloseTo(0, 12)
    expect(difference!.lower).toBeLessThan(0)
    expect(difference!.upper).toBeGreaterThan(0)
  })
  it('keeps a width where both sides are perfect', () => {
    const difference = frozenRateDifference([{ n: 250, x: 250 }], [{ n: 100, x: 100 }])
    expect(difference?.difference).toBe(0)
    expect(difference!.upper).toBeGreaterThan(0.005)
  })
  it('of means is Welch-like and leaves strata without items on one side out', () => {
    const difference = frozenMeanDifference(
      [
        { n: 100, mean: 0, m2: 99 },
        { n: 50, mean: 9, m2: 49 },
      ],
      [
        { n: 25, mean: 1, m2: 24 },
        { n: 0, mean: 0, m2: 0 },
        { n: 10, mean: 3, m2: 9 },
      ],
    )
    expect(difference?.difference).toBe(1)
    expect(difference?.error).toBeCloseTo(Math.sqrt(1 / 100 + 1 / 25), 12)
  })
  it('is null where nothing can be compared', () => {
    expect(frozenRateDifference([{ n: 0, x: 0 }], [{ n: 3, x: 1 }])).toBeNull()
    expect(frozenMeanDifference([{ n: 1, mean: 1, m2: 0 }], [{ n: 5, mean: 1, m2: 2 }])).toBeNull()
  })
})

describe('the effect adjusted for the judge', () => {
  const anchors = { difference: -0.1, error: 0.03 }
  it('keeps the page only where the rest exceeds the tolerance by two errors on the worse side', () => {
    const kept = adjustedEffect({ difference: -0.3, error: 0.04 }, anchors, { tolerance: 0.05, worse: -1 })
    expect(kept.difference).toBeCloseTo(-0.2, 12)
    expect(kept.error).toBeCloseTo(0.05, 12)
    expect(kept.keepsPage).toBe(true)
    expect(adjustedEffect({ difference: -0.3, error: 0.04 }, anchors, { tolerance: 0.11, worse: -1 }).keepsPage).toBe(
      false,
    )
    expect(adjustedEffect({ difference: -0.3, error: 0.04 }, anchors, { tolerance: 0.05, worse: 1 }).keepsPage).toBe(
      false,
    )
    expect(adjustedEffect({ difference: 0.2, error: 0.04 }, anchors, { tolerance: 0.05, worse: 0 }).keepsPage).toBe(
      true,
    )
  })
  it('refuses a tolerance below 0', () =>
    expect(() => adjustedEffect(anchors, anchors, { tolerance: -1, worse: 0 })).toThrow(
      expect.objectContaining({ code: 'statistics_tolerance_invalid' }),
    ))
})
