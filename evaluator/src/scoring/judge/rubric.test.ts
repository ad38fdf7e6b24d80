import { describe, expect, test } from 'vitest'
import { kindOfRubric, parseRubric } from './rubric.ts'

const FRONT = '---\nchoices:\n  good: 1\n  bad: 0\n---\n'

describe('a rubric', () => {
  test('is Markdown under front matter with choices in their order', () => {
    const rubric = parseRubric('---\nchoices: { best: 1, fair: 0.5, worst: 0 }\n---\n\n# Helpful?\n\ntext\n', 'r.md')
    expect(rubric.text).toBe('# Helpful?\n\ntext')
    expect(Object.entries(rubric.choices)).toEqual([
      ['best', 1],
      ['fair', 0.5],
      ['worst', 0],
    ])
    expect(kindOfRubric(rubric)).toBe('score')
    expect(kindOfRubric(parseRubric(`${FRONT}Good?`, 'r.md'))).toBe('binary')
  })

  test('may take its choices from the configuration instead, not besides', () => {
    expect(parseRubric('Good?', 'r.md', { yes: 1, no: 0 }).choices).toEqual({ yes: 1, no: 0 })
    expect(() => parseRubric(`${FRONT}Good?`, 'r.md', { yes: 1, no: 0 })).toThrow(/Keep one|others/u)
  })

  test('has one hash whatever ends its lines, and another for another word, value or order', () => {
    const hash = parseRubric(`${FRONT}Good?\nTruly?`, 'r.md').hash
    expect(parseRubric(`\uFEFF${FRONT}Good?\nTruly?\n\n`.replaceAll('\n', '\r\n'), 'r.md').hash).toBe(hash)
    for (const other of [
      `${FRONT}Good?\nReally?`,
      FRONT.replace('1', '2') + 'Good?\nTruly?',
      '---\nchoices:\n  bad: 0\n  good: 1\n---\nGood?\nTruly?',
    ])
      expect(parseRubric(other, 'r.md').hash).not.toBe(hash)
  })

  test.each([
    ['', /no choices/u],
    [FRONT, /no text/u],
    ['Good?', /no choices/u],
    ['---\nchoices: [good, bad]\n---\nGood?', /choices/u],
    ['---\nchoices: { good: 1 }\n---\nGood?', /at least two/u],
    ['---\nchoices: { good: 1, bad: high }\n---\nGood?', /bad/u],
    ['---\nchoices: { good: 1, Good: 0 }\n---\nGood?', /upper and lower/u],
    ['---\nchoices: { good: 1, cannot_judge: 0 }\n---\nGood?', /cannot_judge/u],
    ['---\nchoices: { good: 1, bad: 1 }\n---\nGood?', /same value/u],
    ['---\nchoice: { good: 1, bad: 0 }\n---\nGood?', /choice/u],
    ['---\nchoices: { good: 1\n---\nGood?', /no YAML/u],
    ['---\nchoices: { "go\\nod": 1, bad: 0 }\n---\nGood?', /one line/u],
  ])('%j is refused with its reason', (source, message) => {
    expect(() => parseRubric(source, 'r.md')).toThrow(
      expect.objectContaining({ code: 'rubric_invalid', message: expect.stringMatching(message) }),
    )
  })
})
