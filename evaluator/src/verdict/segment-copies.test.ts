import { describe, expect, test } from 'vitest'
import { batchOf, drawBaseline, drawDay, seededRandom, slotOf, type Traffic } from '../../tests/segment-traffic.ts'
import { scoreReports } from './score-report.ts'
import { segmentFindings } from './segment-findings.ts'
import { streamsOf } from './streams.ts'
import { createWatch } from './watch.ts'
import type { DetectorIncident } from './watched-detector.ts'

const QUIET: Traffic = {
  calls: 150,
  segments: {
    orders: { share: 0.55, invalid: 0.03 },
    refunds: { share: 0.35, invalid: 0.03 },
    legal: { share: 0.1, invalid: 0.03 },
  },
}
const LEGAL_BREAKS: Traffic = { ...QUIET, segments: { ...QUIET.segments, legal: { share: 0.1, invalid: 0.3 } } }
const baselineOf = (seed: number) => drawBaseline({ ...QUIET, calls: 300 }, seededRandom(seed))

describe('copies of the streams in single segments', () => {
  test('share half of the ticket detector, and the page detector has none', () => {
    const baseline = baselineOf(1)
    const ticket = streamsOf(baseline, 'ticket')
    const weight = (isCopy: boolean): number =>
      ticket
        .filter(({ segment }) => (segment !== null) === isCopy)
        .reduce((sum, { definition }) => sum + definition.weight, 0)
    expect(weight(true)).toBeCloseTo(0.5, 12)
    expect(weight(false)).toBeCloseTo(0.5, 12)
    expect(new Set(ticket.map(({ segment }) => segment))).toEqual(new Set([null, 0, 1, 2]))
    expect(streamsOf(baseline, 'page').some(({ segment }) => segment !== null)).toBe(false)
  })

  test('leave out segments with fewer than 20 baseline items, and a segment that is all there is', () => {
    const rare: Traffic = {
      calls: 300,
      segments: { orders: { share: 0.98, invalid: 0.03 }, legal: { share: 0.02, invalid: 0.03 } },
    }
    const baseline = drawBaseline(rare, seededRandom(2))
    expect(baseline.watchedSegments.map((index) => baseline.strata[index])).toEqual(['orders'])
    const one: Traffic = { calls: 300, segments: { orders: { share: 1, invalid: 0.03 } } }
    expect(drawBaseline(one, seededRandom(3)).watchedSegments).toEqual([])
  })

  test('find a change of a tenth of the traffic as a ticket, name the segment, and page nobody', () => {
    const delays: number[] = []
    for (let seed = 10; seed < 18; seed++) {
      const baseline = baselineOf(seed)
      const random = seededRandom(seed + 100)
      const watch = createWatch(baseline)
      for (let day = 1; day <= 60; day++) {
        const traffic = day <= 20 ? QUIET : LEGAL_BREAKS
        const batch = batchOf(watch, drawDay(slotOf(day - 1), traffic, random))
        const state = watch.run(slotOf(day), batch, [])
        expect(state.page?.report.alarm, `page on day ${day} of seed ${seed}`).toBe(false)
        if (state.ticket?.alarmedNow !== true) continue
        const scores = scoreReports(baseline, batch, [
          { detector: watch.page, after: state.page },
          { detector: watch.ticket, after: state.ticket },
        ])
        const [first] = segmentFindings(baseline, batch, { detector: watch.ticket, after: state.ticket, scores })
        expect(first?.segment).toBe('legal')
        expect(['valid', 'output_form']).toContain(first?.name)
        expect(first?.baseline.samples).toBeLessThan(60)
        delays.push(day - 20)
        break
      }
    }
    expect(delays).toHaveLength(8)
    expect(delays.filter((delay) => delay >= 1 && delay <= 10).length).toBeGreaterThanOrEqual(7)
  })

  test('name no segment when all of them moved alike', () => {
    const baseline = baselineOf(4)
    const random = seededRandom(5)
    const broken: Traffic = {
      ...QUIET,
      segments: Object.fromEntries(
        Object.entries(QUIET.segments).map(([name, { share }]) => [name, { share, invalid: 0.4 }]),
      ),
    }
    const watch = createWatch(baseline)
    for (let day = 1; day <= 12; day++) {
      const batch = batchOf(watch, drawDay(slotOf(day - 1), day <= 10 ? QUIET : broken, random))
      const state = watch.run(slotOf(day), batch, [])
      if (day < 12) continue
      const scores = scoreReports(baseline, batch, [
        { detector: watch.page, after: state.page },
        { detector: watch.ticket, after: state.ticket },
      ])
      expect(state.page?.report.alarm).toBe(true)
      expect(segmentFindings(baseline, batch, { detector: watch.ticket, after: state.ticket, scores })).toEqual([])
    }
  })

  test('keep the tickets of years without a change within their budget', () => {
    let tickets = 0
    for (let seed = 20; seed < 24; seed++) {
      const random = seededRandom(seed + 200)
      const watch = createWatch(baselineOf(seed))
      const closed: DetectorIncident[] = []
      for (let day = 1; day <= 180; day++) {
        const batch = batchOf(watch, drawDay(slotOf(day - 1), { ...QUIET, calls: 60 }, random))
        if (watch.run(slotOf(day), batch, closed).ticket?.alarmedNow !== true) continue
        tickets++
        closed.push({
          severity: 'ticket',
          state: 'false_alarm',
          openedSlotAt: slotOf(day),
          resolvedSlotAt: slotOf(day),
        })
      }
    }
    // two agent-years at 12 a year; simulated are 2 a year, without copies a third of a ticket
    expect(tickets).toBeLessThanOrEqual(12)
  }, 60_000)
})
