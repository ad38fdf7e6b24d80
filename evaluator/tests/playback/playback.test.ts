import { describe, expect, test } from 'vitest'
import { runPlayback, type PlaybackOptions } from '../../playback/playback.ts'
import { hasRecordedCalls, RECORDED_CALLS } from './recorded-data.ts'

const OPTIONS = {
  data: RECORDED_CALLS,
  before: 'gpt-4o-2024-05-13@2024-08-11',
  after: 'gpt-4o-2024-08-06@2024-08-11',
  days: 60,
  perDay: 100,
  changeDay: 31,
  seed: 1,
  port: 0,
  store: undefined,
  metricsEndpoint: undefined,
}

const shareOf = (shares: unknown, name: string): unknown =>
  typeof shares === 'object' && shares !== null ? Reflect.get(shares, name) : undefined

const play = (options: Partial<PlaybackOptions>) => runPlayback({ ...OPTIONS, ...options }, () => undefined, Date.now)

describe.skipIf(!hasRecordedCalls)('playback of real recordings', () => {
  test('the update of gpt-4o pages at once, for the right day, with the model as the cause and the fences as the change', async () => {
    const { result, verdicts } = await play({ days: 34 })
    expect(verdicts).toHaveLength(34)
    expect(result).toMatchObject({ agent: 'gpt-4o-prompt', days: 34, changeDay: 31, verdict: 'drift', onsetDay: 31 })
    expect([31, 32]).toContain(result.pageDay)
    expect(result.causes[0]).toMatchObject({
      kind: 'model',
      change: expect.stringMatching(/gpt-4o-2024-05-13.*gpt-4o-2024-08-06/u),
    })
    expect(result.causes[0]?.probability).toBeGreaterThan(0.9)
    const form = result.scores['output_form']
    expect(shareOf(form?.baseline, 'fenced_other')).toBeLessThan(0.1)
    expect(shareOf(form?.current, 'fenced_other')).toBeGreaterThan(0.5)
    expect(result.scores['valid']).toMatchObject({ baseline: expect.closeTo(0.73, 1), current: expect.closeTo(0.1, 1) })
    expect(result.calls).toBe(250 + 34 * 100)
  })

  test('the same run before and after is a control: 60 days without a page', async () => {
    const { result } = await play({ after: OPTIONS.before })
    expect(result).toMatchObject({ changeDay: null, pageDay: null, onsetDay: null, onsetSet: null, causes: [] })
  })

  test('native tool calls, mixed and blocked answers are played too', async () => {
    const { result } = await play({
      before: 'gemini-1.5-flash-preview-0514@2024-07-06',
      after: 'mistral-small-2402-FC-Auto@2024-07-06',
      days: 8,
      changeDay: 6,
    })
    expect(result).toMatchObject({ agent: 'gemini-flash-tools', verdict: 'drift', pageDay: 6, onsetDay: 6 })
    expect(result.causes[0]).toMatchObject({ kind: 'model' })
  })

  test('calls written as text are played, also without tokens and latencies', async () => {
    const run = 'THUDM_glm-4-9b-chat@2024-08-11'
    const { result } = await play({ before: run, after: run, days: 3, perDay: 40, changeDay: 2 })
    expect(result).toMatchObject({ agent: 'glm-4-9b-text-tools', pageDay: null })
    expect(result.scores['valid']?.baseline).toBeGreaterThan(0.6)
  })

  test('the same seed gives the same result', async () => {
    const options = { after: OPTIONS.before, days: 4, perDay: 60, changeDay: 2, seed: 9 }
    const [first, second] = [await play(options), await play(options)]
    expect({ ...first.result, seconds: 0 }).toEqual({ ...second.result, seconds: 0 })
  })
})
