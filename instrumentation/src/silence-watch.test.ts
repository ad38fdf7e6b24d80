import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { later } from './later.ts'
import { createSilenceWatch } from './silence-watch.ts'

describe('a silence after wrapping', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is told once after five minutes, however many clients were instrumented', () => {
    const warnings: string[] = []
    const watch = createSilenceWatch((message) => warnings.push(message), later)
    watch.expect()
    vi.advanceTimersByTime(200_000)
    watch.expect()
    vi.advanceTimersByTime(99_999)
    expect(warnings).toEqual([])
    vi.advanceTimersByTime(1)
    watch.expect()
    vi.advanceTimersByTime(3_600_000)
    expect(warnings).toEqual([expect.stringContaining('tidemark.fetch()')])
  })

  it('is none when a call was seen, or the agent has ended', () => {
    const warnings: string[] = []
    const seen = createSilenceWatch((message) => warnings.push(message), later)
    seen.expect()
    seen.observed()
    const ended = createSilenceWatch((message) => warnings.push(message), later)
    ended.expect()
    ended.stop()
    vi.advanceTimersByTime(3_600_000)
    expect(warnings).toEqual([])
  })

  it('is none where nothing was instrumented', () => {
    const warnings: string[] = []
    createSilenceWatch((message) => warnings.push(message), later)
    vi.advanceTimersByTime(3_600_000)
    expect(warnings).toEqual([])
  })
})
