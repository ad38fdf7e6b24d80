import { describe, expect, it } from 'vitest'
import { createDetector } from './detector.ts'
import { budget, mean, rate, run, shape } from './example-streams.ts'
import type { StreamBatch } from './stream-input.ts'

const refusal = (code: string): unknown => expect.objectContaining({ name: 'StatisticsError', code })

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
