import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createShareEvidence, logShareEvidence } from './escalation-share.ts'
import { golden, isWithin } from './golden.ts'

const { tolerance, paths, single } = golden('escalation')

const within = (actual: number, expected: number): void =>
  expect(isWithin(actual, expected, tolerance), `${actual} against ${expected}`).toBe(true)

describe('golden escalation share', () => {
  it.each(single)('$S of $S + $F against $limit', ({ S, F, limit, logE }) =>
    within(logShareEvidence(S, F, limit), logE),
  )
  it.each(paths)('$name', ({ limit, counts, logE, logSum }) => {
    const share = createShareEvidence(limit)
    counts.forEach(([escalated, others], t) => {
      const step = share.step({ escalated, others })
      within(step.logEvidence, logE[t]!)
      within(step.logSum, logSum[t]!)
    })
  })
})

describe('escalation share evidence', () => {
  it('is a martingale at the limit: the expectation of the next factor is 1', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), fc.double({ min: 0.02, max: 0.9, noNaN: true }), (s, f, limit) => {
        const now = logShareEvidence(s, f, limit)
        const next =
          limit * Math.exp(logShareEvidence(s + 1, f, limit) - now) +
          (1 - limit) * Math.exp(logShareEvidence(s, f + 1, limit) - now)
        expect(next).toBeCloseTo(1, 8)
      }),
    )
  })
  it('an empty run repeats the values before it and is no start run', () => {
    const counts = [
      { escalated: 3, others: 20 },
      { escalated: 8, others: 10 },
    ]
    const plain = createShareEvidence(0.15)
    const plainSteps = counts.map((count) => plain.step(count))
    const gaps = createShareEvidence(0.15)
    expect(gaps.step({ escalated: 0, others: 0 })).toEqual({ logEvidence: 0, logSum: -Infinity })
    expect(gaps.step(counts[0]!)).toEqual(plainSteps[0])
    expect(gaps.step({ escalated: 0, others: 0 })).toEqual(plainSteps[0])
    expect(gaps.step(counts[1]!)).toEqual(plainSteps[1])
  })
  it('restarts at nothing', () => {
    const share = createShareEvidence(0.2)
    const first = share.step({ escalated: 5, others: 5 })
    share.step({ escalated: 50, others: 5 })
    share.restart()
    expect(share.step({ escalated: 5, others: 5 })).toEqual(first)
  })
  it('stays finite where the tail underflows', () => {
    expect(logShareEvidence(0, 1e7, 0.2)).toBeLessThan(0)
    expect(Number.isFinite(logShareEvidence(0, 1e7, 0.2))).toBe(true)
    expect(Number.isFinite(logShareEvidence(1e7, 0, 0.2))).toBe(true)
  })
  it.each([0, 1, -0.1, Number.NaN])('a limit of %d is refused', (limit) =>
    expect(() => createShareEvidence(limit)).toThrow(expect.objectContaining({ code: 'statistics_argument_invalid' })),
  )
  it.each([-1, 0.5, Number.NaN])('a count of %d is refused', (escalated) =>
    expect(() => createShareEvidence(0.15).step({ escalated, others: 3 })).toThrow(
      expect.objectContaining({ code: 'statistics_batch_invalid' }),
    ),
  )
})
