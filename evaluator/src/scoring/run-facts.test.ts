import { describe, expect, test } from 'vitest'
import { callRecord, decisionRecord, MONDAY } from '../../tests/call-records.ts'
import type { StepRecord } from '../domain/records.ts'
import { runFacts } from './run-facts.ts'

function step(kind: StepRecord['kind'], name: string, after: number): StepRecord {
  return {
    traceId: '1'.repeat(32),
    spanId: String(after).padStart(16, '0'),
    agent: 'triage',
    startedAt: MONDAY + after,
    durationSeconds: 1,
    kind,
    name,
  }
}

const FREE = (): number => 0

describe('a run', () => {
  test('has the path of its tools and agents, in the order of their start', () => {
    const steps = [step('tool', 'search', 20), step('agent', 'planner', 0), step('tool', 'read', 30)]
    const facts = runFacts({ calls: [callRecord('a'), callRecord('b')], steps, decisions: [], price: FREE })
    expect(facts.path).toEqual(['planner', 'search', 'read'])
    expect(facts.steps).toBe(4)
  })

  test('loops where something is entered again after something else, and not where it is repeated at once', () => {
    const loopsOf = (names: readonly string[]): number =>
      runFacts({ calls: [], steps: names.map((name, i) => step('tool', name, i)), decisions: [], price: FREE }).loops
    expect(loopsOf(['search', 'search', 'read'])).toBe(0)
    expect(loopsOf(['search', 'read', 'search', 'read'])).toBe(2)
  })

  test('counts hand-offs between agents', () => {
    const steps = [step('agent', 'a', 0), step('tool', 'x', 1), step('agent', 'b', 2), step('agent', 'a', 3)]
    expect(runFacts({ calls: [], steps, decisions: [], price: FREE }).handOffs).toBe(2)
  })

  test('lasts from its first span to the end of its last', () => {
    const call = callRecord('a', { startedAt: MONDAY, latencySeconds: 0.5 })
    const facts = runFacts({ calls: [call], steps: [step('tool', 'slow', 250)], decisions: [], price: FREE })
    expect(facts.wallTimeSeconds).toBeCloseTo(1.25)
  })

  test('costs the sum of its calls, and nothing that is known where one has no price', () => {
    const calls = [callRecord('a', { outputTokens: 1 }), callRecord('b', { outputTokens: 2 })]
    const facts = (price: (tokens: number) => number | undefined) =>
      runFacts({ calls, steps: [], decisions: [], price: ({ outputTokens }) => price(outputTokens ?? 0) })
    expect(facts((tokens) => tokens / 10).costUsd).toBeCloseTo(0.3)
    expect(facts((tokens) => (tokens === 1 ? 0.1 : undefined)).costUsd).toBeNull()
  })

  test('ends where its last decision went', () => {
    const decisions = [decisionRecord('a', { route: 'auto' }), decisionRecord('b', { route: 'escalated' })]
    expect(runFacts({ calls: [], steps: [], decisions, price: FREE }).route).toBe('escalated')
  })

  test('without spans of tools has those that the model asked for', () => {
    const output = JSON.stringify([
      { role: 'assistant', parts: [{ type: 'tool_call', name: 'lookup', arguments: '{}' }] },
    ])
    const facts = runFacts({ calls: [callRecord('a', { output })], steps: [], decisions: [], price: FREE })
    expect(facts.path).toEqual(['lookup'])
    expect(facts.steps).toBe(2)
  })
})
