import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerShape, outputShape } from './output-shape.ts'
import { OUTPUT_SHAPES } from './semconv.ts'

describe('the shape of a text', () => {
  it.for([
    ['', 'empty'],
    [' \n\t', 'empty'],
    ['{"a":1}', 'json'],
    ['\n [ {"a": 1} ]\n', 'json'],
    ['[]', 'json'],
    ['[1, 2]', 'json'],
    ['42', 'prose'],
    ['```json\n{"a":1}\n```', 'json_fenced'],
    ['```\n[{"a":1}]\n```', 'json_fenced'],
    ['```{"a":1}```', 'json_fenced'],
    ['```JSON\n{"a":1}', 'json_fenced'],
    ['Here you are:\n```json\n{"a":1}\n```\nAnything else?', 'json_fenced'],
    ['{"code":"```js\\nx\\n```"}', 'json'],
    ['```python\n[f(a=1)]\n```', 'fenced_other'],
    ['```\nf(a=1)\n```', 'fenced_other'],
    ["```python\n[{'name': 'f'}]\n```", 'fenced_other'],
    ['Use this:\n```sh\nls\n```', 'fenced_other'],
    ['```json\n{"a":1,}\n```', 'broken_json'],
    ['```json\n{"a":', 'truncated_json'],
    ['f(a=1)', 'call_syntax'],
    ['[f(a=1), g.h(b="x)", c=[1, (2)])]', 'call_syntax'],
    ["[f(s='it\\'s'), g()]", 'call_syntax'],
    ['f(a=1)\ng(b=2)', 'call_syntax'],
    ['f(a=1', 'prose'],
    ['f(a=1) is the call you need', 'prose'],
    ['Sure! {"a":1}', 'json_in_prose'],
    ['{"a":1} is the answer', 'json_in_prose'],
    ['<tool_call>\n{"name":"f"}\n</tool_call>', 'json_in_prose'],
    ['See [1] and [2, 3] for {details}.', 'prose'],
    ['{"a":1,}', 'broken_json'],
    ["{'a': 1}", 'broken_json'],
    ['{"a":1}{"a":2}', 'broken_json'],
    ['{a:1}', 'broken_json'],
    ['{"a":1}}', 'broken_json'],
    ['{"a":"one', 'truncated_json'],
    ['[{"a":1}, {"b"', 'truncated_json'],
    ['{', 'truncated_json'],
    ['The result: {"a": 12', 'truncated_json'],
    ['The result: {"a": 12,}', 'broken_json'],
    ['The weather is fine.', 'prose'],
    ["I'm sorry, but I can't help with that.", 'refusal'],
    ['I cannot assist with this request.', 'refusal'],
    ['I’m unable to do that.', 'refusal'],
    ['I am sorry for the delay, your parcel arrives today.', 'prose'],
  ] as const)('%j is %s', ([text, shape]) => expect(outputShape(text)).toBe(shape))

  it('of an answer is decided by its refusal, then its tool calls, then its text', () => {
    expect(answerShape({ text: '{}', hasToolCalls: true, isRefused: true })).toBe('refusal')
    expect(answerShape({ text: '{}', hasToolCalls: true, isRefused: false })).toBe('tool_calls')
    expect(answerShape({ text: '{}', hasToolCalls: false, isRefused: false })).toBe('json')
  })

  it('is always one of the closed set, whatever the text', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '(',
      ')',
      '\\',
      '```',
      'json',
      ':',
      ',',
      'a',
      ' ',
      '\n',
      '\0',
      '\uD800',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        expect(OUTPUT_SHAPES).toContain(outputShape(pieces.join('')))
      }),
      { numRuns: 500 },
    )
  })

  it('agrees with JSON.parse on objects and arrays', () => {
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue())), (value) => {
        expect(outputShape(JSON.stringify(value, null, 2))).toBe('json')
        expect(outputShape(`\`\`\`json\n${JSON.stringify(value)}\n\`\`\``)).toMatch(
          /json_fenced|broken_json|truncated_json|fenced_other/u,
        )
      }),
    )
  })

  /** Hostile texts of a hundred kilobytes; the bound is generous for a loaded machine, a quadratic pass takes seconds. */
  it.for([
    ['brackets', '['.repeat(100_000)],
    ['braces and quotes', '{"'.repeat(50_000)],
    ['objects that never close', 'x {"a":'.repeat(14_000)],
    ['back-ticks', '```'.repeat(33_000)],
    ['calls', 'f('.repeat(50_000)],
    ['spaces', `f${' '.repeat(100_000)}`],
    ['names', 'a.'.repeat(50_000)],
    ['separators', `f()${' '.repeat(100_000)}x`],
    ['apologies', "I'm sorry ".repeat(10_000)],
  ] as const)('is found in linear time: %s', ([, text]) => {
    const start = performance.now()
    outputShape(text)
    expect(performance.now() - start).toBeLessThan(200)
  })
})
