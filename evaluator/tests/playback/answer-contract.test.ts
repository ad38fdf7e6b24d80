import type { StandardSchema } from '@tidemark/instrumentation'
import { describe, expect, test } from 'vitest'
import { callListContract, toolContracts, writtenCallsContract } from '../../playback/answer-contract.ts'
import { argumentSchema, createArgumentCheck } from '../../playback/argument-schema.ts'

const check = createArgumentCheck()
const offers = [
  {
    name: 'math.area',
    parameters: {
      type: 'dict',
      properties: {
        base: { type: 'integer' },
        height: { type: 'float' },
        unit: { type: 'string', enum: ['cm', 'm'], default: 'cm', format: 'unit' },
        points: { type: 'tuple', items: { type: 'float' } },
        extra: { type: 'any' },
      },
      required: ['base', 'height'],
    },
  },
  { name: 'ping', parameters: { type: 'object', properties: {} } },
]

async function issueOf(schema: StandardSchema, value: unknown): Promise<string | undefined> {
  const result = await schema['~standard'].validate(value)
  return result.issues?.[0]?.message
}

describe('a call list', () => {
  const contract = callListContract(offers, check)

  test.each([
    '[math.area(base=10, height=5)]',
    '[math.area(10, 5.5, unit="m")]',
    '[math.area(base=1, height=2, points=(1, 2.5), extra={"any": [None]}), ping()]',
  ])('%s fits', async (text) => {
    expect(await issueOf(contract, text)).toBeUndefined()
  })

  test.each([
    ['[]', /without a call/u],
    ['[other(a=1)]', /no function other was offered/u],
    ['[math.area(base=10)]', /height/u],
    ['[math.area(base="10", height=5)]', /must be integer/u],
    ['[math.area(base=1.5, height=5)]', /must be integer/u],
    ['[math.area(base=1, height=5, unit="km")]', /allowed values/u],
    ['[math.area(base=1, height=5, colour="red")]', /additional properties/u],
    ['[math.area(base=1, height=5, points=["a"])]', /must be number/u],
    ['[math.area(1, 2, "m", [], 1, 2)]', /more arguments than parameters/u],
    ['[math.area(1, 2, base=3)]', /more arguments than parameters/u],
    ['math.area(base=10, height=5)', /expected \[/u],
    ['```\n[ping()]\n```', /expected \[/u],
  ])('%s does not fit', async (text, why) => {
    expect(await issueOf(contract, text)).toMatch(why)
  })
})

describe("calls in the model's own words", () => {
  const contract = writtenCallsContract(offers, check)

  test.each([
    'math.area(base=10, height=5)',
    '[ping()]',
    '\n{"name": "math.area", "arguments": {"base": 1, "height": 2}}',
    '[{"name": "math.area", "parameters": {"base": 1, "height": 2}}]',
    '{"tool_calls": [{"name": "ping", "arguments": {}}]}',
    '[{"type": "function", "function": {"name": "math.area", "arguments": "{\\"base\\": 1, \\"height\\": 2}"}}]',
    '<tool_call>\n{"name": "ping", "arguments": {}}\n</tool_call>\n<tool_call>{"name": "ping", "arguments": {}}</tool_call>',
    '<function_call> {"name": "ping", "arguments": {}} <function_call> {"name": "ping", "arguments": {}}',
    'math.area\n{"base": 1, "height": 2}',
  ])('%j fits', async (text) => {
    expect(await issueOf(contract, text)).toBeUndefined()
  })

  test.each([
    ['[]', /without a call/u],
    ['I cannot do that.', /neither JSON nor calls/u],
    ['Sure: {"name": "ping", "arguments": {}}', /neither JSON nor calls/u],
    ['{"answer": 4}', /JSON without a call/u],
    ["<tool_call>{'name': 'ping'}</tool_call>", /no JSON between the tags/u],
    ['{"name": "ping", "arguments": [1]}', /arguments of ping/u],
    ['{"name": "math.area", "arguments": {"base": 1}}', /height/u],
  ])('%j does not fit', async (text, why) => {
    expect(await issueOf(contract, text)).toMatch(why)
  })

  test.each(['<a>', '<', '{"a":', '[[', 'a\n'])('%j, many times over, is answered at once', async (part) => {
    const before = performance.now()
    expect(await issueOf(contract, part.repeat(100_000))).toBeDefined()
    expect(performance.now() - before).toBeLessThan(2000)
  })
})

test('contracts of tools are asked by the name of the tool', async () => {
  const tools = toolContracts(offers, check)
  const area = tools['math.area']
  if (area === undefined) throw new Error('no contract')
  expect(await issueOf(area, { base: 1, height: 2 })).toBeUndefined()
  expect(await issueOf(area, { base: 'one', height: 2 })).toMatch(/must be integer/u)
  expect(await issueOf(area, [])).toMatch(/must be object/u)
})

test('types of other languages become those of JSON Schema, unknown ones set no limit', () => {
  expect(
    argumentSchema({
      type: 'dict',
      properties: {
        a: { type: 'HashMap' },
        b: { type: 'ArrayList', items: { type: 'long' } },
        c: { type: 'Bigint-like' },
        d: { type: ['string', 'null'] },
        e: 'no schema',
      },
      required: ['a', 'a', 7],
      optional: ['b'],
    }),
  ).toEqual({
    type: 'object',
    additionalProperties: false,
    properties: {
      a: { type: 'object' },
      b: { type: 'array', items: { type: 'integer' } },
      c: {},
      d: { type: ['string', 'null'] },
      e: {},
    },
    required: ['a'],
  })
  expect(argumentSchema(undefined)).toEqual({ type: 'object', additionalProperties: false })
})
