import { assert, constantFrom, json, oneof, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readJudgeReply, type JudgeAnswer } from './judge-answer.ts'
import { parseRubric } from './rubric.ts'

const RUBRIC = parseRubric('Good?', 'r.md', { excellent: 1, 'not bad': 0.5, poor: 0 })

function read(text: string | null, besides: { refusal?: string; finishReason?: string } = {}): JudgeAnswer {
  return readJudgeReply(
    { text, refusal: besides.refusal ?? null, finishReason: besides.finishReason ?? 'stop' },
    RUBRIC,
  )
}

describe('a judge’s reply is', () => {
  test.each([
    ['{"reasons": "Fine.", "choice": "not bad"}', 0.5],
    ['  {"choice": "EXCELLENT", "reasons": ""}\n', 1],
    ['```json\n{"reasons": "Fine.", "choice": "poor"}\n```', 0],
    ['It answers.\nIt is short.\n\nChoice: not bad', 0.5],
    ['It answers.\n**Choice:** "Excellent".', 1],
    ['poor', 0],
    ['"Not bad".', 0.5],
  ])('%j the value %d', (text, value) => {
    expect(read(text)).toMatchObject({ kind: 'scored', value })
  })

  test('with its reasons, from JSON and from text', () => {
    expect(read('{"reasons": "Fine.", "choice": "poor"}')).toMatchObject({ reasons: 'Fine.' })
    expect(read('One.\nTwo.\nchoice: poor')).toMatchObject({ reasons: 'One.\nTwo.' })
  })

  test.each([
    ['{"reasons": "No context.", "choice": "cannot_judge"}', 'cannot_judge'],
    ['Too little.\nchoice: cannot_judge', 'cannot_judge'],
    ['{"reasons": "Fine.", "choice": "superb"}', 'unknown_choice'],
    ['Fine.\nchoice: excellent or poor', 'unknown_choice'],
    ['{"reasons": "Fine.", "choice": 1}', 'malformed'],
    ['{"reasons": "Fine.", "choice": ["poor"]}', 'malformed'],
    ['{"reasons": "Fine.", "choice": "poor", "confidence": 1}', 'malformed'],
    ['{"choice": "poor"}', 'malformed'],
    ['[{"reasons": "Fine.", "choice": "poor"}]', 'malformed'],
    ['{"reasons": "Fine.", "choice": "po', 'malformed'],
    ['I would say {"reasons": "Fine.", "choice": "poor"}', 'malformed'],
    ['choice: excellent\nchoice: poor', 'malformed'],
    ['choice: excellent\nbut then again it is long', 'malformed'],
    ['It is excellent, not poor.', 'malformed'],
    ['1', 'malformed'],
    ['', 'malformed'],
    [' \n ', 'malformed'],
    [null, 'malformed'],
  ])('%j missing: %s', (text, reason) => {
    expect(read(text)).toMatchObject({ kind: 'missing', reason })
  })

  test('refused when the judge declined or a filter did, whatever it says besides', () => {
    expect(read('excellent', { refusal: 'I cannot help with that.' })).toMatchObject({ reason: 'refused' })
    expect(read('excellent', { finishReason: 'content_filter' })).toMatchObject({ reason: 'refused' })
  })

  test('truncated when it was cut off, even where it seems whole', () => {
    expect(read('excellent', { finishReason: 'length' })).toMatchObject({ reason: 'truncated' })
  })

  test('never a value that the rubric does not have', () => {
    assert(
      property(oneof(string({ unit: 'binary' }), json(), constantFrom('constructor', '__proto__')), (text) => {
        for (const answer of [read(text), read(`choice: ${text}`), read(JSON.stringify({ reasons: '', choice: text }))])
          if (answer.kind === 'scored') expect(RUBRIC.choices[answer.choice]).toBe(answer.value)
      }),
    )
    expect(read('{"reasons": "", "choice": "constructor"}')).toMatchObject({ reason: 'unknown_choice' })
  })

  test('explained without a word of its text when it is missing', () => {
    const answer = read('the customer’s card number is 4111')
    expect(answer).toEqual({ kind: 'missing', reason: 'malformed', detail: 'no readable choice' })
  })
})
