import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Service } from '../../src/service.ts'
import { DAY, MONDAY } from '../call-records.ts'
import { drawDay, seededRandom, type Traffic } from '../segment-traffic.ts'
import { MIDNIGHT_SCHEDULE, serviceOnDisk, store, type ServiceOnDisk } from './service-on-disk.ts'

const traffic = (calls: number, legal: { share: number; invalid: number }): Traffic => ({
  calls,
  segments: { orders: { share: 1 - legal.share, invalid: 0.02 }, legal },
})
const QUIET = traffic(120, { share: 0.12, invalid: 0.3 })
const ONLY_MIX = traffic(120, { share: 0.5, invalid: 0.3 })
const LEGAL_BREAKS = traffic(120, { share: 0.12, invalid: 0.95 })

let disk: ServiceOnDisk
let service: Service
let random: () => number
beforeEach(async () => {
  random = seededRandom(11)
  disk = serviceOnDisk({
    agents: { triage: { schedule: MIDNIGHT_SCHEDULE, segments: ['tidemark.segment'] } },
  })
  service = await disk.open()
  await store(service, drawDay(MONDAY - DAY, { ...QUIET, calls: 300 }, random))
  await service.freezeBaseline({ agent: 'triage', from: MONDAY - DAY, to: MONDAY })
})
afterEach(() => disk.remove())

async function live(days: readonly Traffic[], from = 1): Promise<void> {
  for (const [i, day] of days.entries()) {
    disk.now = MONDAY + (from + i) * DAY
    await store(service, drawDay(disk.now - DAY, day, random))
    await service.runDue(disk.now)
  }
}

const quiet = Array.from({ length: 6 }, () => QUIET)

describe('a new mix of inputs', () => {
  test('is a verdict of its own that opens no incident, and says what the mix alone did', async () => {
    await live([...quiet, ...Array.from({ length: 6 }, () => ONLY_MIX)])
    const verdict = await service.verdict('triage')
    expect(verdict).toMatchObject({ verdict: 'input_mix_changed', incident: null, segmentFindings: [] })
    expect(verdict?.summary).toMatch(
      /^Only the mix of inputs changed: .*(legal|orders) .* → .* moves valid by -1\d(\.\d)? points/u,
    )
    expect(await service.incidents('triage')).toEqual([])
    const valid = verdict?.attribution.find(({ score }) => score === 'valid')
    expect(valid?.mix).toBeLessThan(-0.05)
    expect(Math.abs(valid?.within ?? NaN)).toBeLessThan(2.5 * (valid?.withinError ?? NaN))
    expect(valid?.runs).toBeGreaterThan(1)
  })
})

describe('a change in one small segment', () => {
  test('is a ticket that names the segment, shows calls of it, and recomputes to the same bits', async () => {
    await live([...quiet, ...Array.from({ length: 8 }, () => LEGAL_BREAKS)])
    const [incident] = await service.incidents('triage')
    const first = await service.verdict('triage', incident?.openedSlotAt)
    expect(first).toMatchObject({ verdict: 'drift', incident: { openedSlotAt: incident?.openedSlotAt } })
    const verdicts = await service.verdicts('triage', 20)
    const ticketed = verdicts.find(({ incident: one }) => one?.severity === 'ticket') ?? first
    expect(ticketed?.segmentFindings[0]).toMatchObject({ segment: 'legal', detector: 'ticket' })
    const valid = (await service.verdict('triage'))?.attribution.find(({ score }) => score === 'valid')
    expect(valid?.segments[0]).toMatchObject({ segment: 'legal' })
    expect(valid?.segments[0]?.within).toBeLessThan(-0.03)
    for (const { slotAt } of verdicts)
      expect(await service.recompute('triage', slotAt)).toMatchObject({ isEqual: true, differing: [] })
  })
})

describe('too many escalations', () => {
  test('open a ticket', async () => {
    await live(quiet)
    disk.now = MONDAY + 7 * DAY
    await store(service, drawDay(disk.now - DAY, QUIET, random))
    await service.importRecords(decisions(disk.now - DAY), () => undefined)
    await service.runDue(disk.now)
    expect((await service.verdict('triage'))?.escalation).toMatchObject({ alarm: true, share: 0.6 })
    expect(await service.incidents('triage')).toMatchObject([
      { severity: 'ticket', state: 'open', openedSlotAt: disk.now },
    ])
    expect(await service.recompute('triage')).toMatchObject({ isEqual: true, differing: [] })
  })
})

/** 100 decisions of one day, 60 of them for people. */
async function* decisions(at: number): AsyncGenerator<string> {
  for (let i = 0; i < 100; i++)
    yield JSON.stringify({
      type: 'decision',
      agent: 'triage',
      traceId: i.toString(16).padStart(32, 'd'),
      spanId: i.toString(16).padStart(16, 'd'),
      parentSpanId: null,
      at: at + i,
      route: i < 60 ? 'escalated' : 'auto',
      reason: i < 60 ? 'low_confidence' : null,
      confidence: null,
      conversationId: null,
    })
}
