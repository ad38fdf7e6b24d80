import { describe, expect, test } from 'vitest'
import { callRecord, evaluated } from '../../tests/call-records.ts'
import { DESCRIPTOR_SCORES } from './descriptor-scores.ts'

function read(name: string, entry: ReturnType<typeof evaluated>): number | null | undefined {
  return DESCRIPTOR_SCORES.find((score) => score.name === name)?.read(entry)
}

describe('descriptor scores', () => {
  test('a repaired output is invalid: the raw text was', () => {
    expect(read('valid', evaluated(callRecord('a'), 'repaired'))).toBe(0)
    expect(read('valid', evaluated(callRecord('a'), 'valid'))).toBe(1)
  })

  test('what was not reported is missing, never 0', () => {
    const bare = evaluated(
      callRecord('a', { outputShape: null, outputCharacters: null, outputTokens: null, attempts: null }),
      null,
    )
    for (const name of ['valid', 'output_form', 'length', 'output_tokens', 'attempts'])
      expect(read(name, bare)).toBeNull()
  })

  test('a latency of 0 is finite', () => {
    expect(read('latency', evaluated(callRecord('a', { latencySeconds: 0 })))).toBeCloseTo(Math.log(0.001))
  })

  test('display undoes the logarithm', () => {
    for (const score of DESCRIPTOR_SCORES) {
      const value = score.read(evaluated(callRecord('a', { outputCharacters: 120, outputTokens: 40, attempts: 3 })))
      if (score.name === 'length') expect(score.display(value ?? NaN)).toBeCloseTo(120)
      if (score.name === 'output_tokens') expect(score.display(value ?? NaN)).toBeCloseTo(40)
      if (score.name === 'attempts') expect(score.display(value ?? NaN)).toBeCloseTo(3)
    }
  })
})
