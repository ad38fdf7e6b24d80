import { expect, test } from 'vitest'
import { drawSentinels } from './sentinel-draw.ts'
import { sentinelFinding } from './sentinel-finding.ts'
import { createSentinelWatch, type SentinelRun, type SentinelState } from './sentinel-watch.ts'
import { frozenInputs } from '../../tests/frozen-inputs.ts'

const DAY = 86_400_000
const document = frozenInputs({ inputs: 60, passes: (input) => input % 20 !== 0 })

function play(days: number, passes: (input: number, day: number) => 0 | 1): SentinelState[] {
  const watch = createSentinelWatch(document)
  if (watch === null) throw new Error('cannot be replayed')
  return Array.from({ length: days }, (_, day) => {
    const asked = drawSentinels(watch.inputs, { run: day, perRun: 20, key: 'key' })
    const replays = asked.map((id) => ({ id, failure: null, scores: { valid: passes(Number(id.slice(6)), day) } }))
    return watch.run({ slotAt: (day + 1) * DAY, replays }, [])
  })
}

test('an order of the inputs is used up before the next one begins', () => {
  const ids = document.sentinels?.map(({ id }) => id) ?? []
  const runs = [0, 1, 2, 3].map((run) => drawSentinels(ids, { run, perRun: 20, key: 'key' }))
  expect(new Set(runs.slice(0, 3).flat())).toEqual(new Set(ids))
  expect(runs[3]).not.toEqual(runs[0])
  expect(drawSentinels(ids, { run: 0, perRun: 20, key: 'another' })).not.toEqual(runs[0])
})

test('inputs that always failed are no evidence when they fail again', () => {
  const states = play(60, (input) => (input % 20 === 0 ? 0 : 1))
  expect(states.some(({ agentChanged }) => agentChanged)).toBe(false)
  expect(states.at(-1)?.changedInputs).toEqual([])
})

test('inputs that passed and fail now say that the agent changed, since the right day', () => {
  const states = play(30, (input, day) => (input % 20 === 0 || (day >= 15 && input % 5 === 1) ? 0 : 1))
  const found = states.findIndex(({ agentChanged }) => agentChanged)
  expect(found).toBeGreaterThanOrEqual(15)
  expect(found).toBeLessThan(20)
  const state = states.at(-1)
  expect(state?.onset?.at).toBe(15 * DAY)
  expect(state?.changedInputs.every(({ id }) => Number(id.slice(6)) % 5 === 1)).toBe(true)
  expect(state?.moves).toMatchObject([{ score: 'valid', before: expect.closeTo(0.95, 1) }])
})

test('the same stored runs end in the same state, bit for bit', () => {
  const runs: SentinelRun[] = Array.from({ length: 20 }, (_, day) => ({
    slotAt: day * DAY,
    replays: drawSentinels(['input-1', 'input-2', 'input-3'], { run: day, perRun: 2, key: 'k' }).map((id) => ({
      id,
      failure: null,
      scores: { valid: day % 3 === 0 ? 0 : 1 },
    })),
  }))
  const end = (): string => {
    const watch = createSentinelWatch(document)
    const stored: SentinelRun[] = JSON.parse(JSON.stringify(runs))
    return JSON.stringify(stored.map((run) => watch?.run(run, [])).at(-1))
  }
  expect(end()).toBe(end())
})

test('calls that fail are missing: they raise a ticket, and never a page', () => {
  const watch = createSentinelWatch(document)
  const states = Array.from({ length: 20 }, (_, day) => {
    const asked = drawSentinels(watch?.inputs ?? [], { run: day, perRun: 20, key: 'key' })
    return watch?.run(
      { slotAt: (day + 1) * DAY, replays: asked.map((id) => ({ id, failure: 'timed_out', scores: {} })) },
      [],
    )
  })
  expect(states.some((state) => state?.agentChanged)).toBe(false)
  expect(states.some((state) => state?.ticket?.report.alarm)).toBe(true)
})

test('a baseline without a budget for replay, or with too few inputs, is not replayed', () => {
  expect(createSentinelWatch({ ...document, sentinelShare: 0 })).toBeNull()
  expect(createSentinelWatch(frozenInputs({ inputs: 19, passes: () => true }))).toBeNull()
})

test('production that moves while replays are quiet is a change of the inputs; without replays it stays undecided', () => {
  const { page: _page, ticket: _ticket, ...state } = play(30, (input) => (input % 20 === 0 ? 0 : 1)).at(-1)!
  const report = {
    ...state,
    slotAt: 30 * DAY,
    finishedAt: 30 * DAY,
    durationSeconds: 1,
    asked: 20,
    answered: 20,
    failures: {},
    costUsd: null,
  }
  expect(sentinelFinding(report, { slotAt: 30 * DAY, onsetSlot: 20 * DAY })).toBe('inputs_changed')
  expect(sentinelFinding(report, { slotAt: 30 * DAY, onsetSlot: 30 * DAY })).toBe('undecided')
  expect(sentinelFinding(report, { slotAt: 40 * DAY, onsetSlot: 20 * DAY })).toBe('undecided')
  expect(sentinelFinding(report, { slotAt: 30 * DAY, onsetSlot: null })).toBeNull()
})
