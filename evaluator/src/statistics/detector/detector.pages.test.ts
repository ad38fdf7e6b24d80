import { describe, expect, it } from 'vitest'
import { mean, rate, run, shape } from './example-streams.ts'
import type { StreamDefinition } from './stream.ts'
import type { StreamBatch } from './stream-input.ts'

const days = (healthy: number, broken: number, x: number): StreamBatch[][] => [
  ...Array.from({ length: healthy }, () => [[{ n: 100, x: 97 }]]),
  ...Array.from({ length: broken }, () => [[{ n: 100, x }]]),
]

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
