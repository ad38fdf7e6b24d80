import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { golden, isWithin } from '../golden.ts'
import { createDetector } from './detector.ts'
import { overdispersion, REPLAY_PRIOR, recalibrate, recalibrateEnds } from './overdispersion.ts'

const { tolerance, sequences, map, ends } = golden('recalibration')

const within = (actual: number, expected: number): void =>
  expect(isWithin(actual, expected, tolerance), `${actual} against ${expected}`).toBe(true)

describe('golden overdispersion', () => {
  it.each(sequences)('sequence: $name', ({ z, phi, nu }) => {
    for (let t = 0; t <= z.length; t++) {
      const state = overdispersion(z.slice(0, t))
      within(state.phi, phi[t]!)
      expect(state.nu).toBe(nu[t]!)
    }
  })
  it.each(map)('z = $z, phi = $phi, nu = $nu', ({ z, phi, nu, zStar }) => within(recalibrate(z, { phi, nu }), zStar))
  it.each(ends)('cell $za to $zb for sign $sign', ({ za, zb, phi, nu, sign, r }) => {
    const { low, high } = recalibrateEnds(za, zb, { phi, nu }, sign)
    within(low, r[0])
    within(high, r[1])
  })
})

describe('the recalibration map', () => {
  const z = fc.double({ min: -40, max: 40, noNaN: true })
  const state = fc.record({ phi: fc.double({ min: 1, max: 20, noNaN: true }), nu: fc.integer({ min: 8, max: 98 }) })
  it('is odd, increasing and never enlarges z', () => {
    fc.assert(
      fc.property(z, z, state, (a, b, s) => {
        expect(recalibrate(-a, s)).toBeCloseTo(-recalibrate(a, s), 12)
        expect(Math.abs(recalibrate(a, s))).toBeLessThanOrEqual(Math.abs(a) + 1e-12)
        if (a < b) expect(recalibrate(a, s)).toBeLessThanOrEqual(recalibrate(b, s) + 1e-12)
      }),
    )
  })
})

describe('the prior of replay', () => {
  it('starts without inflation, and learns that of the agent', () => {
    expect(overdispersion([], REPLAY_PRIOR)).toEqual({ phi: 1, nu: 30 })
    const restless = Array.from({ length: 95 }, (_, run) => (run % 2 === 0 ? 3 : -3))
    expect(overdispersion(restless, REPLAY_PRIOR).phi).toBeCloseTo((30 + 90 * 9) / 120, 12)
  })

  it('lets the same replays say more on the first days', () => {
    const [production, replay] = [undefined, REPLAY_PRIOR].map((overdispersionPrior) =>
      createDetector({
        runsPerYear: 365,
        falsePagesPerYear: 1,
        streams: [
          {
            name: 'correct',
            kind: 'binary',
            weight: 1,
            direction: 'higher-better',
            tolerance: 0,
            baseline: Array.from({ length: 100 }, () => ({ n: 3, x: 3 })),
            ...(overdispersionPrior === undefined ? {} : { overdispersionPrior }),
          },
        ],
      }).step([Array.from({ length: 100 }, (_, input) => ({ n: 1, x: input < 8 ? 0 : 1 }))]),
    )
    expect(replay!.logGated).toBeGreaterThan(production!.logGated + 1)
  })
})
