import { describe, expect, test } from 'vitest'
import {
  batchOf,
  drawBaseline,
  drawDay,
  playTraffic,
  repeated,
  seededRandom,
  slotOf,
  type Traffic,
} from '../../tests/segment-traffic.ts'
import { attribute } from './attribution.ts'
import { createWatch } from './watch.ts'

const traffic = (hard: number, invalid: { easy: number; hard: number } = { easy: 0.02, hard: 0.3 }): Traffic => ({
  calls: 300,
  segments: { easy: { share: 1 - hard, invalid: invalid.easy }, hard: { share: hard, invalid: invalid.hard } },
})
const baseline = drawBaseline({ ...traffic(0.2), calls: 600 }, seededRandom(1))

/** Attribution of `valid` over days of one kind of traffic. */
function attributionOf(days: number, after: Traffic) {
  const watch = createWatch(baseline)
  const random = seededRandom(2)
  const runs = Array.from({ length: days }, (_, day) => {
    const batch = batchOf(watch, drawDay(slotOf(day), after, random))
    watch.run(slotOf(day + 1), batch, [])
    return { slotAt: slotOf(day + 1), batch }
  })
  const found = attribute(baseline, watch.strata, runs).find(({ score }) => score === 'valid')
  if (found === undefined) throw new Error('valid has no attribution')
  return found
}

describe('the movement of a score', () => {
  test('is mix only when the hard segment grows', () => {
    const { total, mix, mixError, within, withinError, segments } = attributionOf(4, traffic(0.6))
    expect(total).toBeLessThan(-0.08)
    expect(mix).toBeLessThan(-0.08)
    expect(Math.abs(within ?? NaN)).toBeLessThan(2.5 * (withinError ?? NaN))
    expect(Math.abs((mix ?? NaN) + 0.4 * 0.28)).toBeLessThan(2.5 * (mixError ?? NaN))
    expect(segments.map(({ segment }) => segment).toSorted()).toEqual(['easy', 'hard'])
  })

  test('is within only when a segment breaks, and names the segment', () => {
    const { mix, mixError, within, segments } = attributionOf(4, traffic(0.2, { easy: 0.02, hard: 0.8 }))
    expect(within).toBeLessThan(-0.06)
    expect(Math.abs(mix ?? NaN)).toBeLessThan(3 * (mixError ?? NaN))
    expect(segments[0]).toMatchObject({ segment: 'hard' })
    expect(segments[0]?.within).toBeLessThan(-0.06)
  })

  test('has a part of its own for a segment that the baseline never saw', () => {
    const after: Traffic = {
      calls: 300,
      segments: {
        easy: { share: 0.5, invalid: 0.02 },
        hard: { share: 0.2, invalid: 0.3 },
        new: { share: 0.3, invalid: 0.9 },
      },
    }
    const { unseen, unseenShare, within, withinError } = attributionOf(2, after)
    expect(unseenShare).toBeCloseTo(0.3, 1)
    expect(unseen).toBeLessThan(-0.18)
    expect(Math.abs(within ?? NaN)).toBeLessThan(3 * (withinError ?? NaN))
  })

  test.each([traffic(0.6), traffic(0.2, { easy: 0.4, hard: 0.3 }), traffic(0.9)])(
    'is the sum of its parts',
    (after) => {
      const { total, mix, within, unseen, vanished, residual, segments } = attributionOf(2, after)
      expect((mix ?? 0) + (within ?? 0) + unseen + vanished + residual).toBeCloseTo(total, 12)
      expect(segments.reduce((sum, part) => sum + part.mix, 0)).toBeCloseTo(mix ?? NaN, 12)
      expect(segments.reduce((sum, part) => sum + part.within, 0)).toBeCloseTo(within ?? NaN, 12)
    },
  )

  test('is told since the onset while something moves, else over the newest run', () => {
    const broken = traffic(0.2, { easy: 0.5, hard: 0.5 })
    const states = playTraffic(baseline, [...repeated(5, traffic(0.2)), ...repeated(4, broken)], seededRandom(3))
    expect(states[4]?.attribution[0]).toMatchObject({ runs: 1, fromSlotAt: slotOf(5) })
    expect(states[8]?.attribution[0]).toMatchObject({ runs: 4, fromSlotAt: slotOf(6) })
  })
})

describe('a pure change of the mix', () => {
  test('becomes a verdict of its own, and pages and tickets nobody', () => {
    let pages = 0
    let tickets = 0
    const agents = 50
    for (let agent = 0; agent < agents; agent++) {
      const random = seededRandom(400 + agent)
      const frozen = drawBaseline({ ...traffic(0.1), calls: 250 }, random)
      const days = [...repeated(5, { ...traffic(0.1), calls: 60 }), ...repeated(25, { ...traffic(0.4), calls: 60 })]
      const states = playTraffic(frozen, days, random)
      if (states.some(({ page }) => page?.report.alarm === true)) pages++
      if (states.some(({ ticket }) => ticket?.report.alarm === true)) tickets++
      expect(states.at(-1)?.inputMixChanged, `agent ${agent}`).toBe(true)
    }
    expect(pages / agents).toBeLessThanOrEqual(0.02)
    expect(tickets / agents).toBeLessThanOrEqual(0.3)
  }, 60_000)
})
