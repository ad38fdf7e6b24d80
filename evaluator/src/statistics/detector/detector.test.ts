import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BinaryCount, Moments } from '../daily/stratum-statistics.ts'
import { createDetector, type DetectorStep } from './detector.ts'
import type { Direction } from './effect-prior.ts'
import type { StreamDefinition } from './stream.ts'
import type { StreamBatch } from './stream-input.ts'

const budget = { runsPerYear: 365, falsePagesPerYear: 1 }

function rate(
  options: Partial<{
    name: string
    weight: number
    direction: Direction
    tolerance: number
    baseline: BinaryCount[]
  }> = {},
): StreamDefinition {
  return {
    name: 'valid',
    weight: 1,
    direction: 'higher-better',
    tolerance: 0.02,
    baseline: [{ n: 250, x: 242 }],
    ...options,
    kind: 'binary',
  }
}
function mean(
  options: Partial<{ name: string; weight: number; direction: Direction; tolerance: number; baseline: Moments[] }> = {},
): StreamDefinition {
  return {
    name: 'length',
    weight: 1,
    direction: 'none',
    tolerance: 0.15,
    baseline: [{ n: 250, mean: 0, m2: 249 }],
    ...options,
    kind: 'score',
  }
}
function shape(
  options: Partial<{ name: string; weight: number; tolerance: number; baseline: number[][] }> = {},
): StreamDefinition {
  return {
    name: 'form',
    weight: 1,
    tolerance: 0.15,
    baseline: [[60, 60, 60, 60, 60]],
    ...options,
    direction: 'none',
    kind: 'shape',
  }
}

function run(
  streams: readonly StreamDefinition[],
  batches: readonly (StreamBatch | null)[][],
): (DetectorStep | null)[] {
  const detector = createDetector({ streams, ...budget })
  return batches.map((batch) => detector.step(batch))
}

const collapse = (n: number): StreamBatch[] => [[{ n, x: 0 }], [{ n, mean: -1e99, m2: 0 }]]
const refusal = (code: string): unknown => expect.objectContaining({ name: 'StatisticsError', code })
const days = (healthy: number, broken: number, x: number): StreamBatch[][] => [
  ...Array.from({ length: healthy }, () => [[{ n: 100, x: 97 }]]),
  ...Array.from({ length: broken }, () => [[{ n: 100, x }]]),
]

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
    const falling = [99, 96, 92, 88, 80, 60, 20, 0].map((x) => run([rate()], [[[{ n: 100, x }]]])[0]!.logEvidence)
    falling.slice(2).forEach((log, i) => expect(log).toBeGreaterThan(falling[i + 1]!))
    const rising = [0.1, 0.2, 0.4, 0.8, 3].map(
      (shift) => run([mean()], [[[{ n: 100, mean: shift, m2: 99 }]]])[0]!.logEvidence,
    )
    rising.slice(1).forEach((log, i) => expect(log).toBeGreaterThan(rising[i]!))
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

  it('does not move with a pure change of the mix', () => {
    const baseline = [
      { n: 200, x: 180 },
      { n: 200, x: 80 },
    ]
    const mixes = [
      [50, 50],
      [90, 10],
      [10, 90],
      [100, 0],
      [0, 100],
    ]
    const steps = run(
      [rate({ baseline })],
      mixes.map(([a, b]) => [
        [
          { n: a!, x: a! * 0.9 },
          { n: b!, x: b! * 0.4 },
        ],
      ]),
    )
    for (const step of steps) {
      expect(Math.abs(step!.streams[0]!.z!)).toBeLessThan(0.1)
      expect(Math.abs(step!.streams[0]!.effect)).toBeLessThan(1e-12)
      expect(step!.logGated).toBe(-Infinity)
    }
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

describe('pages', () => {
  it('come for the worse side, and only a notice for the better one', () => {
    const worse = run([rate()], days(20, 4, 80)).at(-1)!
    expect(worse).toMatchObject({
      pages: true,
      improved: false,
      smallButReal: false,
      run: 24,
      onset: 20,
      firstRunOfEpoch: 1,
    })
    expect(worse.streams[0]!.effect).toBeCloseTo(-0.169, 2)
    const better = run([rate({ direction: 'lower-better' })], days(20, 4, 80)).at(-1)!
    expect(better).toMatchObject({ pages: false, improved: true, smallButReal: false, logGated: -Infinity })
    const undirected = run([rate({ direction: 'none' })], days(20, 4, 80)).at(-1)!
    expect(undirected).toMatchObject({ pages: true, improved: false })
  })
  it('do not come for a real change below the tolerance', () => {
    const step = run([rate({ tolerance: 0.3 })], days(20, 4, 80)).at(-1)!
    expect(step).toMatchObject({ pages: false, improved: false, smallButReal: true, logGated: -Infinity })
  })
  it('come where the effect is exactly the tolerance', () => {
    // 100 of 100 before, 75 of 100 after: a difference of -0.25 without rounding
    const streams = [rate({ baseline: [{ n: 100, x: 100 }], tolerance: 0.25 })]
    const step = run(streams, [[[{ n: 100, x: 75 }]]])[0]!
    expect(step.streams[0]!.effect).toBe(-0.25)
    expect(step.pages).toBe(true)
  })
  it('come for any difference of a score that never varied', () => {
    const streams = [mean({ baseline: [{ n: 250, mean: 0.7, m2: 0 }], direction: 'higher-better' })]
    const step = run(
      streams,
      Array.from({ length: 3 }, () => [[{ n: 100, mean: 0.5, m2: 0.1 }]]),
    ).at(-1)!
    expect(step.streams[0]!.effect).toBe(-Infinity)
    expect(step.pages).toBe(true)
  })
})

describe('strata', () => {
  it('missing at the end are the same as empty ones', () => {
    const baseline = [
      { n: 100, x: 90 },
      { n: 50, x: 20 },
    ]
    const short = run(
      [rate({ baseline })],
      [
        [[{ n: 40, x: 35 }]],
        [
          [
            { n: 40, x: 30 },
            { n: 9, x: 2 },
          ],
        ],
      ],
    )
    const full = run(
      [rate({ baseline })],
      [
        [
          [
            { n: 40, x: 35 },
            { n: 0, x: 0 },
          ],
        ],
        [
          [
            { n: 40, x: 30 },
            { n: 9, x: 2 },
            { n: 0, x: 0 },
          ],
        ],
      ],
    )
    expect(short).toEqual(full)
  })
  it.each<{ stream: StreamDefinition; known: StreamBatch; both: StreamBatch }>([
    {
      stream: rate(),
      known: [{ n: 20, x: 19 }],
      both: [
        { n: 20, x: 19 },
        { n: 30, x: 12 },
      ],
    },
    {
      stream: mean(),
      known: [{ n: 20, mean: 0, m2: 19 }],
      both: [
        { n: 20, mean: 0, m2: 19 },
        { n: 30, mean: 7, m2: 29 },
      ],
    },
    {
      stream: shape(),
      known: [[4, 4, 4, 4, 4]],
      both: [
        [4, 4, 4, 4, 4],
        [30, 0, 0, 0, 0],
      ],
    },
  ])(
    'without a reference say nothing on their first day and speak from the next: $stream.kind',
    ({ stream, known, both }) => {
      const [plain] = run([stream], [[known]])
      const [first, second] = run([stream], [[both], [both]])
      expect(first!.streams).toEqual(plain!.streams)
      const [, withoutIt] = run([stream], [[known], [known]])
      expect(second!.logEvidence).not.toBe(withoutIt!.logEvidence)
    },
  )
  it('may be absent from the baseline altogether', () => {
    const [first, second] = run([rate({ baseline: [] })], [[[{ n: 50, x: 40 }]], [[{ n: 50, x: 5 }]]])
    expect(first!.streams[0]!.z).toBeNull()
    expect(second!.streams[0]!.z).toBeLessThan(-5)
  })
})

describe('runs and restarts', () => {
  const healthy: StreamBatch[] = [[{ n: 100, x: 96 }]]
  const broken: StreamBatch[] = [[{ n: 100, x: 70 }]]

  it('a run without any item is skipped', () => {
    const detector = createDetector({ streams: [rate({ weight: 0.5 }), mean({ weight: 0.5 })], ...budget })
    expect(detector.step([null, null])).toBeNull()
    expect(detector.step([[{ n: 0, x: 0 }], []])).toBeNull()
    expect(detector.runs).toBe(0)
    expect(detector.step([null, [{ n: 5, mean: 0, m2: 4 }]])).toMatchObject({ run: 1 })
  })

  it('a fixed incident leaves reference and history as if its runs had never been', () => {
    const detector = createDetector({ streams: [rate()], ...budget })
    for (let t = 0; t < 12; t++) detector.step(healthy)
    const page = detector.step(broken)!
    expect(page.pages).toBe(true)
    expect(page.firstRunOfEpoch + page.onset).toBe(13)
    detector.restart(page.onset)
    const after = detector.step(healthy)!
    const untouched = createDetector({ streams: [rate()], ...budget, lump: 0 })
    for (let t = 0; t < 12; t++) untouched.step(healthy)
    const expected = untouched.step(healthy)!
    expect(after).toMatchObject({ run: 14, firstRunOfEpoch: 14, onset: 0, posterior: [1] })
    expect(after.streams[0]).toMatchObject({
      z: expected.streams[0]!.z,
      phi: expected.streams[0]!.phi,
      nu: expected.streams[0]!.nu,
    })
    expect(after.logEvidence).toBeLessThan(1)
  })

  it('a false alarm keeps its runs, and batches set aside join without a run of their own', () => {
    const detector = createDetector({ streams: [rate()], ...budget })
    detector.step(healthy)
    detector.step(broken)
    detector.restart(detector.runsOfEpoch)
    detector.admit(broken)
    const after = detector.step(healthy)!
    const plain = createDetector({ streams: [rate()], ...budget, lump: 0 })
    for (const batch of [healthy, broken, broken]) plain.step(batch)
    expect(after).toMatchObject({ run: 3, firstRunOfEpoch: 3, posterior: [1] })
    expect(after.streams[0]!.z).toBe(plain.step(healthy)!.streams[0]!.z)
  })

  it.each([-1, 3, 0.5, Number.NaN])('a restart at candidate %d of 2 is refused', (candidate) => {
    const detector = createDetector({ streams: [rate()], ...budget })
    detector.step(healthy)
    detector.step(healthy)
    expect(() => detector.restart(candidate)).toThrow(expect.objectContaining({ code: 'statistics_candidate_invalid' }))
  })
})

describe('what the detector refuses', () => {
  it.each<[string, string, Partial<Parameters<typeof createDetector>[0]>]>([
    ['no stream', 'statistics_streams_invalid', { streams: [] }],
    ['a name twice', 'statistics_streams_invalid', { streams: [rate({ weight: 0.5 }), rate({ weight: 0.5 })] }],
    ['weights that sum to 0.9', 'statistics_weights_invalid', { streams: [rate({ weight: 0.9 })] }],
    ['a weight below 0', 'statistics_weights_invalid', { streams: [rate({ weight: -0.5 }), mean({ weight: 1.5 })] }],
    ['a weight of NaN', 'statistics_weights_invalid', { streams: [rate({ weight: Number.NaN })] }],
    ['a tolerance below 0', 'statistics_tolerance_invalid', { streams: [rate({ tolerance: -0.01 })] }],
    ['a tolerance of NaN', 'statistics_tolerance_invalid', { streams: [rate({ tolerance: Number.NaN })] }],
    ['0 runs a year', 'statistics_budget_invalid', { runsPerYear: 0 }],
    ['0 pages a year', 'statistics_budget_invalid', { falsePagesPerYear: 0 }],
    ['a negative lump', 'statistics_budget_invalid', { lump: -1 }],
    ['more successes than items', 'statistics_baseline_invalid', { streams: [rate({ baseline: [{ n: 3, x: 4 }] })] }],
    ['a shape without bins', 'statistics_baseline_invalid', { streams: [shape({ baseline: [] })] }],
  ])('%s', (_name, code, options) =>
    expect(() => createDetector({ streams: [rate()], ...budget, ...options })).toThrow(refusal(code)),
  )

  it('weights that sum to 1 within 1e-9 are accepted', () => {
    const streams = ['a', 'b', 'c'].map((name) => rate({ name, weight: 1 / 3 + 1e-10 }))
    expect(() => createDetector({ streams, ...budget })).not.toThrow()
  })

  it.each<[string, StreamBatch]>([
    ['n of NaN', [{ n: Number.NaN, x: 0 }]],
    ['half an item', [{ n: 1.5, x: 1 }]],
    ['x above n', [{ n: 1, x: 2 }]],
    ['moments in a binary stream', [{ n: 1, mean: 0, m2: 0 }]],
  ])('a batch with %s, and stays as it was', (_name, batch) => {
    const detector = createDetector({ streams: [rate()], ...budget })
    expect(() => detector.step([batch])).toThrow(refusal('statistics_batch_invalid'))
    expect(() => detector.admit([batch])).toThrow(refusal('statistics_batch_invalid'))
    expect(detector.runs).toBe(0)
    expect(detector.step([[{ n: 100, x: 95 }]])).toEqual(run([rate()], [[[{ n: 100, x: 95 }]]])[0])
  })
  it.each<[string, StreamBatch]>([
    ['a mean of NaN', [{ n: 3, mean: Number.NaN, m2: 1 }]],
    ['an infinite mean', [{ n: 3, mean: Infinity, m2: 1 }]],
    ['m2 below 0', [{ n: 3, mean: 1, m2: -1 }]],
    ['m2 of NaN', [{ n: 3, mean: 1, m2: Number.NaN }]],
    ['counts in a score stream', [{ n: 3, x: 1 }]],
  ])('a score batch with %s', (_name, batch) =>
    expect(() => createDetector({ streams: [mean()], ...budget }).step([batch])).toThrow(
      refusal('statistics_batch_invalid'),
    ),
  )
  it.each<[string, StreamBatch]>([
    ['three bins for five', [[1, 2, 3]]],
    ['a bin of NaN', [[1, 2, 3, 4, Number.NaN]]],
    ['a bin below 0', [[1, 2, 3, 4, -1]]],
  ])('a shape batch with %s', (_name, batch) =>
    expect(() => createDetector({ streams: [shape()], ...budget }).step([batch])).toThrow(
      refusal('statistics_batch_invalid'),
    ),
  )
  it('a run with another number of batches than streams', () =>
    expect(() => createDetector({ streams: [rate()], ...budget }).step([null, null])).toThrow(
      refusal('statistics_batch_invalid'),
    ))
})
