import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { golden, isWithin } from '../golden.ts'
import { gateBinary, gateScore } from './gate.ts'
import { mcnemar } from './mcnemar.ts'
import { mulberry32 } from './mulberry32.ts'
import { signFlip } from './sign-flip.ts'
import { tango } from './tango.ts'

const vectors = golden('estimates')
const within = (actual: number, expected: number): void =>
  expect(isWithin(actual, expected, vectors.tolerance), `${actual} against ${expected}`).toBe(true)

describe('golden gates', () => {
  it.each(vectors.gateBinary)(
    'binary: $worse worse, $better better of $n',
    ({ worse, better, n, margin, expected, tangoZ }) => {
      const result = gateBinary({ worse, better, n }, margin)
      expect(result.verdict).toBe(expected.verdict)
      within(result.pWorse, expected.p_worse)
      within(result.lower, expected.lower)
      if (tangoZ !== null) within(tango({ worse, better, n }, -margin), tangoZ)
    },
  )
  it.each(vectors.gateScore)('score: $name', ({ d, margin, seed, expected }) => {
    const result = gateScore(d, margin, 0.05, seed)
    expect(result.verdict).toBe(expected.verdict)
    within(result.pNonInferior, expected.p_noninferior)
    within(result.pWorse, expected.p_worse)
  })
  it('mulberry32 draws the known sequence', () => {
    const next = mulberry32(vectors.mulberry32.seed)
    expect(vectors.mulberry32.first.map(() => next())).toEqual(vectors.mulberry32.first)
  })
})

describe('gates', () => {
  it('McNemar counts the upper half of a fair binomial', () => {
    expect(mcnemar(0, 0)).toBe(1)
    expect(mcnemar(1, 0)).toBeCloseTo(0.5, 14)
    expect(mcnemar(3, 1)).toBeCloseTo(5 / 16, 14)
    expect(mcnemar(0, 9)).toBe(1)
  })
  it('the exact sign flip of one value on either side is one half or one', () => {
    expect(signFlip([2])).toBe(0.5)
    expect(signFlip([-2])).toBe(1)
    expect(signFlip([0, 0])).toBe(1)
  })
  it('the exact sign flip counts ties as reached whatever their rounding', () => {
    const tenths = [1, 2, 3, 4, 5, -6].map((value) => value / 10)
    expect(signFlip(tenths)).toBe(signFlip([1, 2, 3, 4, 5, -6]))
    expect(signFlip([0.1, 0.2, -0.3])).toBe(signFlip([1, 2, -3]))
  })
  it('a larger margin never turns a pass into anything else', () => {
    const counts = fc.record({ worse: fc.nat(30), better: fc.nat(30), rest: fc.integer({ min: 1, max: 300 }) })
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 0.2, noNaN: true }), ({ worse, better, rest }, margin) => {
        const paired = { worse, better, n: worse + better + rest }
        if (gateBinary(paired, margin).verdict === 'pass')
          expect(gateBinary(paired, margin + 0.05).verdict).toBe('pass')
      }),
    )
  })
  it('says how many inputs would decide', () => {
    expect(gateBinary({ worse: 3, better: 2, n: 50 }, 0.02).inputsNeeded).toBe(Math.ceil((2.93 ** 2 * 0.1) / 0.0004))
    expect(gateBinary({ worse: 0, better: 0, n: 0 }, 0.02).inputsNeeded).toBeNull()
    expect(gateScore([1, -1], 0).inputsNeeded).toBeNull()
  })
  it('draws of a seed repeat, and the input stays as it was', () => {
    const differences = Object.freeze(Array.from({ length: 40 }, (_value, i) => Math.sin(i)))
    expect(gateScore(differences, 0.1, 0.05, 3)).toEqual(gateScore(differences, 0.1, 0.05, 3))
  })
  it.each([
    () => gateBinary({ worse: 3, better: 3, n: 5 }, 0.02),
    () => gateBinary({ worse: 0.5, better: 3, n: 5 }, 0.02),
    () => gateBinary({ worse: 1, better: 1, n: 5 }, -0.1),
    () => gateScore([1, Number.NaN], 0.1),
    () => gateScore([1, 2], 0.1, 1),
  ])('an impossible comparison is refused (%#)', (call) =>
    expect(call).toThrow(expect.objectContaining({ code: 'statistics_argument_invalid' })),
  )
})
