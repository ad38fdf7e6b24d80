import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { credibleSet } from '../detector/onset.ts'
import { golden, isWithin } from '../golden.ts'
import { decompose, type Segment, segmentOf } from './decomposition.ts'
import { rankEvents } from './events.ts'
import { shapley } from './shapley.ts'

const vectors = golden('attribution')

const within = (actual: number | null | undefined, expected: number | null): void => {
  if (actual === null || actual === undefined || expected === null) return expect(actual).toBe(expected)
  expect(isWithin(actual, expected, vectors.tolerance), `${actual} against ${expected}`).toBe(true)
}
const segments = (rows: [number, number, number][]): Segment[] =>
  rows.map(([n, mean, variance]) => ({ n, mean, variance }))

describe('golden attribution', () => {
  it.each(vectors.decomposition)('$name, shrink $shrink', ({ base, now, shrink, expected }) => {
    const parts = decompose(segments(base), segments(now), shrink)
    within(parts.total, expected.total)
    within(parts.mix, expected.mix)
    within(parts.within, expected.within)
    within(parts.unseen, expected.unseen)
    within(parts.vanished, expected.vanished)
    within(parts.residual, expected.residual)
    within(parts.mixError, expected.se_mix)
    within(parts.withinError, expected.se_within)
    within(parts.commonShareBefore, expected.shared0)
    within(parts.commonShareAfter, expected.shared1)
  })
  it.each(vectors.shapley)('Shapley value of $k changes', ({ k, values, result }) => {
    const parts = shapley(Array.from({ length: 2 ** k }, (_value, mask) => values[String(mask)]!))
    expect(parts.length).toBe(k)
    result.forEach(([mean, error], i) => {
      within(parts[i]!.mean, mean)
      within(parts[i]!.error, error)
    })
  })
  it('events by posterior mass, with the mass no event explains', () => {
    const { posterior, eventRuns, scores, unexplained, set90 } = vectors.events
    const ranking = rankEvents(posterior, eventRuns)
    scores.forEach((score, i) => within(ranking.scores[i], score))
    within(ranking.unexplained, unexplained)
    expect(credibleSet(posterior)).toEqual(set90)
  })
})

describe('attribution', () => {
  const segment = fc.record({
    n: fc.nat(200),
    mean: fc.double({ min: -5, max: 5, noNaN: true }),
    variance: fc.double({ min: 0, max: 4, noNaN: true }),
  })
  const pairs = fc
    .array(fc.tuple(segment, segment), { minLength: 1, maxLength: 6 })
    .filter((rows) => rows.some(([a]) => a.n > 0) && rows.some(([, b]) => b.n > 0))

  it('the parts sum to the total, without residual when nothing is shrunk', () => {
    fc.assert(
      fc.property(pairs, fc.constantFrom(0, 2), (rows, shrink) => {
        const before = Object.freeze(rows.map(([a]) => Object.freeze(a)))
        const after = Object.freeze(rows.map(([, b]) => Object.freeze(b)))
        const { total, mix, within, unseen, vanished, residual, segments } = decompose(before, after, shrink)
        expect((mix ?? 0) + (within ?? 0) + unseen + vanished + residual).toBeCloseTo(total, 10)
        if (shrink === 0) expect(residual).toBeCloseTo(0, 10)
        if (mix !== null) expect(segments.reduce((sum, part) => sum + part.mix, 0)).toBeCloseTo(mix, 10)
      }),
    )
  })
  it('a pure change of the mix is mix only', () => {
    const before = [
      { n: 90, mean: 0.9, variance: 0.1 },
      { n: 10, mean: 0.2, variance: 0.1 },
    ]
    const after = [
      { n: 10, mean: 0.9, variance: 0.1 },
      { n: 90, mean: 0.2, variance: 0.1 },
    ]
    const { mix, within } = decompose(before, after, 0)
    expect(mix).toBeCloseTo(-0.56, 12)
    expect(within).toBeCloseTo(0, 12)
  })
  it('the moments of a segment give its variance', () => {
    expect(segmentOf({ n: 5, mean: 2, m2: 8 })).toEqual({ n: 5, mean: 2, variance: 2 })
    expect(segmentOf({ n: 1, mean: 2, m2: 0 })).toEqual({ n: 1, mean: 2, variance: 0 })
  })
  it('events closer than 3 runs are tied', () => {
    const posterior = Array.from({ length: 20 }, () => 0.05)
    expect(rankEvents(posterior, [12, 3, 14, 9, 17]).tied).toEqual([[0, 2]])
    expect(rankEvents(posterior, [5, 4, 3]).tied).toEqual([[2, 1, 0]])
  })
  it('an event outside the epoch explains nothing', () => {
    const ranking = rankEvents([0.5, 0.5], [-9, 7])
    expect(ranking.scores).toEqual([0, 0])
    expect(ranking.unexplained).toBe(1)
  })
  it('the Shapley parts sum to the full change', () => {
    const outcome = fc.double({ min: -3, max: 3, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(outcome, outcome), { minLength: 8, maxLength: 8 }), (outcomes) => {
        const total = shapley(outcomes).reduce((sum, part) => sum + part.mean, 0)
        const mean = (mask: number): number => (outcomes[mask]![0] + outcomes[mask]![1]) / 2
        expect(total).toBeCloseTo(mean(7) - mean(0), 10)
      }),
    )
  })
  it.each([[[[1], [2], [3]]], [[[1], [2, 3]]], [[]], [[[]]]])(
    'an incomplete factorial replay %j is refused',
    (outcomes) =>
      expect(() => shapley(outcomes)).toThrow(expect.objectContaining({ code: 'statistics_argument_invalid' })),
  )
})
