import { describe, expect, test } from 'vitest'
import { callRecord, validationRecord } from '../../../tests/call-records.ts'
import { DEFAULT_DEFINITIONS, withDefaultScores } from '../scored-call.ts'
import { fromScale, toScale } from '../score-scale.ts'
import type { CallRecord } from '../../domain/records.ts'
import type { ValidationOutcome } from '@tidemark/instrumentation/semconv'

function read(name: string, overrides: Partial<CallRecord>, outcome: ValidationOutcome | null = 'valid') {
  const call = callRecord('a', overrides)
  const validation = outcome === null ? null : validationRecord(call, outcome)
  return withDefaultScores([{ call, validation }])[0]?.scores.get(name)
}

describe('descriptor scores', () => {
  test('a repaired output is invalid: the raw text was', () => {
    expect(read('valid', {}, 'repaired')).toBe(0)
    expect(read('valid', {}, 'valid')).toBe(1)
  })

  test('a refusal is one by the form or by the validation, and a broken answer is none', () => {
    expect(read('not_refused', { outputShape: 'refusal' }, null)).toBe(0)
    expect(read('not_refused', { outputShape: null }, 'refused')).toBe(0)
    expect(read('not_refused', { outputShape: 'broken_json' }, 'malformed_json')).toBe(1)
    expect(read('not_refused', { outputShape: 'prose' }, null)).toBe(1)
  })

  test('what was not reported is missing, never 0', () => {
    const bare = { outputShape: null, outputCharacters: null, outputTokens: null, attempts: null }
    for (const name of ['valid', 'output_form', 'not_refused', 'length', 'output_tokens', 'attempts'])
      expect(read(name, bare, null)).toBeNull()
  })

  test('a latency of 0 is finite where the statistics compare it', () => {
    const latency = read('latency', { latencySeconds: 0 })
    expect(toScale(Number(latency), 'log')).toBeCloseTo(Math.log(0.001))
  })

  test('the scale of every score is undone for people', () => {
    for (const { scale } of DEFAULT_DEFINITIONS) expect(fromScale(toScale(40, scale), scale)).toBeCloseTo(40)
  })
})
