import { describe, expect, test } from 'vitest'
import { CONTEXT, scorable } from '../../tests/scorable-records.ts'
import { scorer } from '../../tests/scorer-under-test.ts'
import { scoreRecord } from './score-record.ts'
import type { Scorer } from './scorer.ts'

describe('the one function', () => {
  const definition = { ...scorer({ from: 'refusal' }), name: 'mine' }

  test('what a scorer throws, rejects with or returns in vain is missing, never 0', async () => {
    const failing: Scorer[] = [
      {
        ...definition,
        score: () => {
          throw new Error('a defect')
        },
      },
      { ...definition, score: () => Promise.reject(new Error('a defect')) },
      { ...definition, score: () => ({ kind: 'value', value: Number.NaN }) },
      { ...definition, score: () => ({ kind: 'value', value: 0.5 }) },
      { ...definition, score: () => ({ kind: 'value', value: 'good' }) },
    ]
    const scores = await scoreRecord(scorable('x'), failing, CONTEXT)
    expect(scores.map(({ value }) => value)).toEqual([null, null, null, null, null])
    expect(scores.map(({ missing }) => missing?.reason)).toEqual([
      'failed',
      'failed',
      'invalid_result',
      'invalid_result',
      'invalid_result',
    ])
    expect(scores[0]?.missing?.detail).toBe('a defect')
  })

  test('a record outside the sample of a score is skipped', async () => {
    const samples = new Map([['mine', new Set(['another'])]])
    const [score] = await scoreRecord(scorable('x'), [definition], { ...CONTEXT, samples })
    expect(score).toEqual({ name: 'mine', version: definition.version, value: null, missing: null })
  })
})
