import { describe, expect, test } from 'vitest'
import { scorable, scoreOf } from '../../../tests/scorable-records.ts'
import { referenceFiles, scorer } from '../../../tests/scorer-under-test.ts'

const { inFolder, references } = referenceFiles()

describe('reference', () => {
  test('is found by the input or by the record, and is missing otherwise', async () => {
    const file = references('exact', { inputHash: 'input-1', reference: 'yes' }, { id: 'trace/other', reference: 'no' })
    const exact = scorer({ from: 'exact', reference: file })
    expect(await scoreOf(exact, ' yes\n')).toBe(1)
    expect(await scoreOf(exact, 'Yes')).toBe(0)
    expect(await scoreOf(exact, scorable('no', { key: 'trace/other' }))).toBe(1)
    expect(await scoreOf(exact, scorable('no', { inputHash: 'input-2' }))).toBe('missing: no_reference')
    expect(await scoreOf(scorer({ from: 'exact', reference: file, ignoreCase: true }), 'YES')).toBe(1)
  })

  test('a wrong line is named', () => {
    const file = references('wrong', { inputHash: 'input-1', reference: 1 }, { reference: 2 })
    expect(() => scorer({ from: 'exact', reference: file })).toThrow(/wrong\.jsonl, line 2 is no reference/u)
  })

  test('a file that is not there is named', () => {
    expect(() => scorer({ from: 'exact', reference: inFolder('gone.jsonl') })).toThrow(/gone\.jsonl/u)
  })

  test('another reference is another version', () => {
    const one = references('one', { inputHash: 'a', reference: 1 })
    const two = references('two', { inputHash: 'a', reference: 2 })
    expect(scorer({ from: 'exact', reference: one }).version).not.toBe(
      scorer({ from: 'exact', reference: two }).version,
    )
  })
})

describe('set', () => {
  const file = references('set', { inputHash: 'input-1', reference: ['a', 'b', { c: 1, d: 2 }] })

  test('order and repetition do not count', async () => {
    const equal = scorer({ from: 'set', reference: file, measure: 'equal', at: '/tags' })
    expect(await scoreOf(equal, '{"tags":[{"d":2,"c":1},"b","a","a"]}')).toBe(1)
    expect(await scoreOf(equal, '{"tags":["a","b"]}')).toBe(0)
  })

  test('precision, recall and their harmonic mean', async () => {
    const output = '["a","x"]'
    expect(await scoreOf(scorer({ from: 'set', reference: file, measure: 'precision' }), output)).toBeCloseTo(1 / 2)
    expect(await scoreOf(scorer({ from: 'set', reference: file, measure: 'recall' }), output)).toBeCloseTo(1 / 3)
    expect(await scoreOf(scorer({ from: 'set', reference: file }), output)).toBeCloseTo(2 / 5)
    expect(await scoreOf(scorer({ from: 'set', reference: file }), 'no list')).toBe(0)
  })
})

describe('json-difference', () => {
  const file = references('json', { inputHash: 'input-1', reference: { a: 1, b: { c: 'x', d: [] }, t: 'now' } })

  test('is the share of places with the same value', async () => {
    const difference = scorer({ from: 'json-difference', reference: file, ignore: ['/t'] })
    expect(await scoreOf(difference, '{"t":"then","b":{"d":[],"c":"x"},"a":1}')).toBe(1)
    expect(await scoreOf(difference, '{"a":1,"b":{"c":"y","d":[]}}')).toBeCloseTo(2 / 3)
    expect(await scoreOf(difference, '{"a":1,"b":{"c":"x","d":[]},"e":1}')).toBeCloseTo(3 / 4)
    expect(await scoreOf(difference, '{"a":1,"b":{"c":"x","d":"[]"}}')).toBeCloseTo(2 / 3)
    expect(await scoreOf(difference, 'nothing')).toBe(0)
  })

  test('numbers within the tolerance are the same', async () => {
    const close = scorer({ from: 'json-difference', reference: file, ignore: ['/t', '/b'], numberTolerance: 0.1 })
    expect(await scoreOf(close, '{"a":1.05}')).toBe(1)
    expect(await scoreOf(close, '{"a":1.2}')).toBe(0)
  })
})

describe('edit-similarity', () => {
  const file = references('edit', { inputHash: 'input-1', reference: 'kitten' })

  test('is 1 minus the distance over the longer length', async () => {
    expect(await scoreOf(scorer({ from: 'edit-similarity', reference: file }), 'sitting')).toBeCloseTo(1 - 3 / 7)
  })

  test('longer texts are missing', async () => {
    const short = scorer({ from: 'edit-similarity', reference: file, maximumCharacters: 6 })
    expect(await scoreOf(short, 'sitting')).toBe('missing: too_large')
  })
})

describe('rouge-l', () => {
  test("agrees with the examples of Lin's paper (section 3.1), where the F-measure with β = 1 is recall", async () => {
    const file = references('rouge', { inputHash: 'input-1', reference: 'police killed the gunman' })
    const rouge = scorer({ from: 'rouge-l', reference: file })
    expect(await scoreOf(rouge, 'police kill the gunman')).toBeCloseTo(3 / 4)
    expect(await scoreOf(rouge, 'the gunman kill police')).toBeCloseTo(2 / 4)
    expect(await scoreOf(rouge, '')).toBe(0)
  })
})
