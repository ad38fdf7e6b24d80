import { describe, expect, it } from 'vitest'
import { createDetector } from './detector.ts'
import { budget, mean, rate } from './example-streams.ts'
import type { StreamBatch } from './stream-input.ts'

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
