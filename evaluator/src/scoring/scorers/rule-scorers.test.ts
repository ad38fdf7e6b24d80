import { describe, expect, test } from 'vitest'
import { CONTEXT, HOSTILE_OUTPUTS, scorable, scoreOf } from '../../../tests/scorable-records.ts'
import { referenceFiles, scorer } from '../../../tests/scorer-under-test.ts'
import { scoreRecord } from '../score-record.ts'

const { references } = referenceFiles()
const TICKET = { type: 'object', required: ['label'], properties: { label: { enum: ['billing', 'other'] } } }

describe('schema', () => {
  test('JSON that fits is 1, JSON that does not and text that is no JSON are 0', async () => {
    const fits = scorer({ from: 'schema', schema: TICKET })
    expect(await scoreOf(fits, '{"label":"billing"}')).toBe(1)
    expect(await scoreOf(fits, '{"label":"refund"}')).toBe(0)
    expect(await scoreOf(fits, 'billing')).toBe(0)
  })

  test('a fence is refused, unless it is stripped', async () => {
    const fenced = '```json\n{"label":"other"}\n```'
    expect(await scoreOf(scorer({ from: 'schema', schema: TICKET }), fenced)).toBe(0)
    expect(await scoreOf(scorer({ from: 'schema', schema: TICKET, fences: 'stripped' }), fenced)).toBe(1)
  })

  test('arguments of a tool are checked where it was called, and skipped where not', async () => {
    const checks = scorer({ from: 'schema', schema: TICKET, tool: 'route' })
    const called = scorable('', {
      output: { text: '', toolCalls: [{ name: 'route', arguments: '{"label":"billing"}' }] },
    })
    expect(await scoreOf(checks, called)).toBe(1)
    expect(await scoreOf(checks, '{"label":"billing"}')).toBeNull()
  })

  test('both drafts are understood, and formats', async () => {
    const schema = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'string', format: 'date' }
    const dates = scorer({ from: 'schema', schema })
    expect(await scoreOf(dates, '"2026-11-24"')).toBe(1)
    expect(await scoreOf(dates, '"yesterday"')).toBe(0)
  })

  test('a keyword that does not exist is an error of the configuration that names it', () => {
    expect(() => scorer({ from: 'schema', schema: { typo: 'object' } })).toThrow(/under_test.*"typo"/u)
  })

  test('an hour of comparing is no way to find two equal items', async () => {
    const unique = scorer({ from: 'schema', schema: { type: 'array', uniqueItems: true } })
    const items = Array.from({ length: 20_000 }, (_, i) => ({ a: i, b: [i] }))
    expect(await scoreOf(unique, JSON.stringify(items.slice(0, 8000)))).toBe(1)
    expect(await scoreOf(unique, JSON.stringify([...items.slice(0, 8000), { b: [0], a: 0 }]))).toBe(0)
  })

  test('the same schema written in another order is the same version', () => {
    const one = scorer({ from: 'schema', schema: { type: 'object', minProperties: 1 } })
    const other = scorer({ from: 'schema', schema: { minProperties: 1, type: 'object' } })
    expect(one.version).toBe(other.version)
    expect(scorer({ from: 'schema', schema: { type: 'object' } }).version).not.toBe(one.version)
  })
})

describe('rule', () => {
  test('all conditions hold, and one of any', async () => {
    const rule = scorer({
      from: 'rule',
      all: [
        { at: '/priority', oneOf: ['low', 'high'] },
        { at: '/items/0/price', above: 0, atMost: 100 },
      ],
      any: [
        { at: '/note', exists: false },
        { at: '/note', type: 'string', maximumLength: 5, matches: '^n' },
      ],
    })
    expect(await scoreOf(rule, '{"priority":"low","items":[{"price":3}]}')).toBe(1)
    expect(await scoreOf(rule, '{"priority":"low","items":[{"price":3}],"note":"none"}')).toBe(1)
    expect(await scoreOf(rule, '{"priority":"low","items":[{"price":3}],"note":"nothing"}')).toBe(0)
    expect(await scoreOf(rule, '{"priority":"mid","items":[{"price":3}]}')).toBe(0)
    expect(await scoreOf(rule, '{"priority":"low","items":[{"price":"3"}]}')).toBe(0)
    expect(await scoreOf(rule, 'no JSON')).toBe(0)
  })

  test('records for which `when` does not hold are skipped', async () => {
    const rule = scorer({
      from: 'rule',
      when: [{ at: '/label', equals: 'billing' }],
      all: [{ at: '/amount', type: 'number' }],
    })
    expect(await scoreOf(rule, '{"label":"other"}')).toBeNull()
    expect(await scoreOf(rule, '{"label":"billing"}')).toBe(0)
    expect(await scoreOf(rule, '{"label":"billing","amount":3}')).toBe(1)
  })

  test('null is a value that equals null, and an absent part does not', async () => {
    const rule = scorer({ from: 'rule', all: [{ at: '/a', equals: null }] })
    expect(await scoreOf(rule, '{"a":null}')).toBe(1)
    expect(await scoreOf(rule, '{}')).toBe(0)
  })

  test('a pointer sees own properties only', async () => {
    const rule = scorer({ from: 'rule', all: [{ at: '/__proto__/x', equals: 1 }] })
    expect(await scoreOf(rule, '{"__proto__":{"x":1}}')).toBe(1)
    expect(await scoreOf(scorer({ from: 'rule', all: [{ at: '/constructor', exists: false }] }), '{}')).toBe(1)
    expect(await scoreOf(scorer({ from: 'rule', all: [{ at: '/length', exists: false }] }), '[1]')).toBe(1)
  })

  test('a condition without a comparison, and a rule without conditions, are errors', () => {
    expect(() => scorer({ from: 'rule', all: [{ at: '/a' }] })).toThrow(/give a comparison/u)
    expect(() => scorer({ from: 'rule' })).toThrow(/under all or any/u)
    expect(() => scorer({ from: 'rule', all: [{ at: 'a', exists: true }] })).toThrow(/no JSON Pointer/u)
  })
})

describe('regex', () => {
  test('matches anywhere, or must not', async () => {
    expect(await scoreOf(scorer({ from: 'regex', pattern: 'REFUND', flags: 'i' }), 'a refund')).toBe(1)
    expect(await scoreOf(scorer({ from: 'regex', pattern: 'as an AI', expect: 'no-match' }), 'as an AI')).toBe(0)
  })

  test('a pattern that would hang a backtracking engine takes linear time', async () => {
    const started = performance.now()
    expect(await scoreOf(scorer({ from: 'regex', pattern: '^(a+)+$' }), `${'a'.repeat(50_000)}!`)).toBe(0)
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('look-around is refused with the reason', () => {
    expect(() => scorer({ from: 'regex', pattern: '(?=a)b' })).toThrow(/RE2 syntax/u)
  })
})

describe('range', () => {
  test('limits belong to the range, and what is no number fails it', async () => {
    const range = scorer({ from: 'range', at: '/p', minimum: 0, maximum: 1 })
    expect(await scoreOf(range, '{"p":1}')).toBe(1)
    expect(await scoreOf(range, '{"p":1.01}')).toBe(0)
    expect(await scoreOf(range, '{"p":"1"}')).toBe(0)
    expect(await scoreOf(range, '{}')).toBe(0)
  })

  test('limits the wrong way round are an error', () => {
    expect(() => scorer({ from: 'range', at: '/p', minimum: 2, maximum: 1 })).toThrow(/above the maximum/u)
  })
})

describe('tool choice and refusal', () => {
  test('the tools in their order, or none', async () => {
    const choice = scorer({ from: 'tool-choice' })
    const calls = [
      { name: 'search', arguments: '{}' },
      { name: 'answer', arguments: '{}' },
    ]
    expect(await scoreOf(choice, scorable('', { output: { text: '', toolCalls: calls } }))).toBe('search, answer')
    expect(await scoreOf(choice, 'text')).toBe('no tool')
    expect(await scoreOf(choice, scorable(null))).toBe('no tool')
    expect(await scoreOf(choice, scorable(null, { outputShape: 'tool_calls' }))).toBe('missing: no_content')
  })

  test('a refusal is seen by its form or by the validation', async () => {
    const refusal = scorer({ from: 'refusal' })
    expect(await scoreOf(refusal, scorable(null, { outputShape: 'refusal' }))).toBe(0)
    expect(await scoreOf(refusal, scorable(null, { outputShape: 'prose', validation: 'refused' }))).toBe(0)
    expect(await scoreOf(refusal, scorable(null))).toBe(1)
    expect(await scoreOf(refusal, scorable(null, { outputShape: null, validation: null }))).toBe(
      'missing: not_reported',
    )
  })
})

describe('external and run', () => {
  test('an external score is read by the name under which it comes', async () => {
    const reversed = scorer({ from: 'external', evaluation: 'refund', absent: 0, lag: '7d' })
    expect(await scoreOf(reversed, scorable(null, { external: new Map([['refund', 1]]) }))).toBe(1)
    expect(await scoreOf(reversed, scorable(null))).toBe(0)
    expect(await scoreOf(scorer({ from: 'external' }), scorable(null))).toBe('missing: not_received')
  })

  test('volunteered feedback never alarms, whatever is configured, and nobody misses it', async () => {
    const thumbs = scorer({ from: 'external', selection: 'volunteered', detector: 'page' })
    expect(thumbs.detector).toBe('none')
    expect(await scoreOf(thumbs, scorable(null))).toBeNull()
  })

  test('measures of a run', async () => {
    const run = {
      path: ['plan', 'search'],
      steps: 4,
      loops: 1,
      handOffs: 0,
      costUsd: null,
      wallTimeSeconds: 0,
      route: 'auto',
    } as const
    const record = scorable(null, { run })
    expect(await scoreOf(scorer({ from: 'run', measure: 'path' }), record)).toBe('plan > search')
    expect(await scoreOf(scorer({ from: 'run', measure: 'steps' }), record)).toBe(4)
    expect(await scoreOf(scorer({ from: 'run', measure: 'wall-time' }), record)).toBe(0.001)
    expect(await scoreOf(scorer({ from: 'run', measure: 'cost' }), record)).toBe('missing: not_reported')
    expect(await scoreOf(scorer({ from: 'run', measure: 'route' }), record)).toBe('auto')
    expect(await scoreOf(scorer({ from: 'run', measure: 'route' }), scorable(null))).toBe('missing: not_reported')
  })
})

describe('text that is not there', () => {
  const texts = scorer({ from: 'regex', pattern: 'a' })

  test('is missing where the agent sent none, and skipped where its sample left it out', async () => {
    expect(await scoreOf(texts, scorable(null))).toBe('missing: no_content')
    expect(await scoreOf(texts, scorable(null, { isContentSampledOut: true }))).toBeNull()
  })
})

describe('hostile outputs', () => {
  const file = references('hostile', { inputHash: 'input-1', reference: { label: 'x', list: ['a'] } })
  const schema = {
    type: ['object', 'array', 'string'],
    uniqueItems: true,
    properties: { label: { type: 'string', pattern: '^(a|aa)+$' } },
  }
  const scorers = [
    scorer({ from: 'schema', schema }),
    scorer({ from: 'rule', all: [{ at: '/label', matches: '^(a+)+$' }] }),
    scorer({ from: 'regex', pattern: '^(a+)+$' }),
    scorer({ from: 'range', at: '/n', minimum: 0 }),
    scorer({ from: 'json-difference', reference: file }),
    scorer({ from: 'exact', reference: file, at: '' }),
    scorer({ from: 'set', reference: file }),
    scorer({ from: 'edit-similarity', reference: file }),
    scorer({ from: 'rouge-l', reference: file }),
    scorer({ from: 'tool-choice' }),
  ].map((one, i) => ({ ...one, name: `score_${i}` }))

  test.each(HOSTILE_OUTPUTS)('%s: every score has a value or a reason, within seconds', async (_, text) => {
    const started = performance.now()
    const scores = await scoreRecord(scorable(text), scorers, CONTEXT)
    expect(performance.now() - started).toBeLessThan(8000)
    for (const { value, missing } of scores) {
      expect((value === null) !== (missing === null)).toBe(true)
      if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
    }
    expect(Object.getPrototypeOf({})).not.toHaveProperty('label')
  })
})
