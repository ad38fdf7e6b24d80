import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readBareCalls, readCallList } from '../../playback/call-list.ts'

const calls = (text: string) => {
  const reading = readCallList(text)
  return reading.ok ? reading.calls.map(({ name, positional, named }) => [name, positional, named]) : reading.message
}

test.each<[text: string, expected: unknown]>([
  ['[f()]', [['f', [], {}]]],
  [
    '[f(a=1, b="x"), g.h(c=[1, 2.5])]',
    [
      ['f', [], { a: 1, b: 'x' }],
      ['g.h', [], { c: [1, 2.5] }],
    ],
  ],
  [' \n[ f ( a = 1 , ) , ]\n', [['f', [], { a: 1 }]]],
  ['[f(1, "two", three=3)]', [['f', [1, 'two'], { three: 3 }]]],
  ['[f(a=True, b=False, c=None)]', [['f', [], { a: true, b: false, c: null }]]],
  [
    "[f(a='it\\'s', b='''two\nlines''', c=\"\\u00e9\\x41\\n\")]",
    [['f', [], { a: "it's", b: 'two\nlines', c: 'éA\n' }]],
  ],
  ["[f(a=r'\\d+', b='one ' 'two')]", [['f', [], { a: '\\d+', b: 'one two' }]]],
  ['[f(a=-1.5e3, b=1_000, c=0x1f, d=.5, e=+2)]', [['f', [], { a: -1500, b: 1000, c: 31, d: 0.5, e: 2 }]]],
  ['[f(a=(1, 2), b=(3), c=(4,), d=())]', [['f', [], { a: [1, 2], b: 3, c: [4], d: [] }]]],
  [
    '[f(a={"k": {"n": [1]}, 2: "two"}, b={}, c={1, 2})]',
    [['f', [], { a: { k: { n: [1] }, 2: 'two' }, b: {}, c: [1, 2] }]],
  ],
  ['[f(a=1, # why\n b=2)]', [['f', [], { a: 1, b: 2 }]]],
  ['[größe(wert=1)]', [['größe', [], { wert: 1 }]]],
  ['[]', []],
])('%s is read', (text, expected) => {
  expect(calls(text)).toEqual(expected)
})

test.each<[text: string, why: RegExp]>([
  ['', /expected \[/u],
  ['f(a=1)', /expected \[/u],
  ['```python\n[f(a=1)]\n```', /expected \[/u],
  ['[f(a=1)] and more', /the end of the text/u],
  ['[f(a=1)', /, or \]/u],
  ['[f(a=1]', /, or \)/u],
  ['[f(a=)]', /a literal value/u],
  ['[f(a=b)]', /a literal value/u],
  ['[f(a=g(x=1))]', /a literal value/u],
  ['[f(a=true)]', /a literal value/u],
  ['[f(a=2 * 3)]', /, or \)/u],
  ['[f(a=5km)]', /the end of the number/u],
  ['[f(a=007)]', /leading zeros/u],
  ['[f(a=1, a=2)]', /only once/u],
  ['[f(a=1, 2)]', /a named argument/u],
  ['[f(**{"a": 1})]', /a literal value/u],
  ["[f(a='it's')]", /, or \)/u],
  ["[f(a='open)]", /the end of the string/u],
  ["[f(a='line\nbreak')]", /the end of the string/u],
  ['["f(a=1)"]', /the name of a function/u],
  ['[{"name": "f", "arguments": {}}]', /the name of a function/u],
  ['[f(a={"k": 1, 2})]', /:/u],
  ['[f(a={[1]: 2})]', /a key/u],
  [`[f(a=${'['.repeat(100)})]`, /64 levels/u],
])('%s is refused', (text, why) => {
  expect(calls(text)).toMatch(why)
})

test('calls without brackets are read only where they are asked for', () => {
  expect(readBareCalls('f(a=1), g(b=2)')).toMatchObject({ ok: true, calls: [{ name: 'f' }, { name: 'g' }] })
  expect(readBareCalls('[f(a=1)]').ok).toBe(false)
  expect(readBareCalls('').ok).toBe(false)
})

describe('hostile text', () => {
  const fragment = fc.constantFrom(
    '[',
    ']',
    '(',
    ')',
    '{',
    '}',
    ',',
    '=',
    ':',
    '"',
    "'",
    '\\',
    '#',
    '\n',
    'f',
    'a=',
    '1',
    '.',
    'r"',
    "'''",
    '-',
  )
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fragment, { maxLength: 200 }).map((parts) => parts.join('')),
  )

  test('never throws', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(typeof readCallList(text).ok).toBe('boolean')
        expect(typeof readBareCalls(text).ok).toBe('boolean')
      }),
      { numRuns: 3000 },
    )
  })

  test('a key that would poison an object stays a key', () => {
    const reading = readCallList('[f(a={"__proto__": {"admin": True}}, __proto__=1)]')
    expect(reading.ok).toBe(true)
    expect(Reflect.get({}, 'admin')).toBeUndefined()
  })

  test.each([
    ['deep brackets', '[f(a=', '['],
    ['an open string', '[f(a="', 'x'],
    ['quotes', '[f(a=', "'"],
    ['strings in a row', '[f(a=', "'' "],
    ['spaces', '[f(a=', ' '],
    ['comments', '[f(', '#\n'],
    ['digits', '[f(a=', '1'],
    ['numbers', '[f(a=[', '1,'],
    ['names', '[', 'f.'],
    ['backslashes', '[f(a="', '\\'],
    ['tuples', '[f(a=[', '(1,),'],
  ])('%s take time in proportion to their length', (_, start, repeated) => {
    const time = (length: number): number => {
      const text = start + repeated.repeat(Math.ceil(length / repeated.length))
      const runs = Array.from({ length: 5 }, () => {
        const before = performance.now()
        readCallList(text)
        return performance.now() - before
      })
      return Math.min(...runs)
    }
    time(20_000)
    // 16 times the text would take 256 times as long if reading were quadratic
    expect(time(800_000)).toBeLessThan(100 * Math.max(time(50_000), 0.2))
  })
})

test('every list of calls that can be written is read back', () => {
  const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/u)
  const literal = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.string(),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('value'),
        { maxKeys: 3 },
      ),
    ),
  })).value
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.dictionary(name, literal, { maxKeys: 3 }))), (written) => {
      const text = `[${written
        .map(
          ([f, named]) =>
            `${f}(${Object.entries(named)
              .map(([key, value]) => `${key}=${python(value)}`)
              .join(', ')})`,
        )
        .join(', ')}]`
      const reading = readCallList(text)
      expect(reading.ok && reading.calls.map(({ name, named }) => [name, named])).toEqual(
        written.map(([f, named]) => [f, { ...named }]),
      )
    }),
    { numRuns: 500 },
  )
})

/** A value as Python writes it. */
function python(value: unknown): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, inner]) => `${JSON.stringify(key)}: ${python(inner)}`)
      .join(', ')}}`
  }
  return Object.is(value, -0) ? '-0' : JSON.stringify(value)
}
