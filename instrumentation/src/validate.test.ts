import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { completion } from '../tests/loopback-provider.ts'
import { TidemarkError } from './errors.ts'
import type { StandardSchema } from './standard-schema.ts'
import { judge } from './validate.ts'
import type { ToolSchemas, ValidateOptions, Validation, ValidationSource, ValueOf } from './validation.ts'

const triage = z.strictObject({ category: z.enum(['billing', 'other']), score: z.number().min(0).max(1) })
const VALID = '{"category":"billing","score":0.5}'
const tools = { refund: z.strictObject({ amount: z.number().positive() }), now: z.strictObject({}) }

async function validate<Schema extends StandardSchema | ToolSchemas>(
  schema: Schema,
  source: ValidationSource,
  options: ValidateOptions = {},
): Promise<Validation<ValueOf<Schema>>> {
  return (await judge(schema, source, options)).validation
}
const called = (...calls: readonly (readonly [name: string, args: string])[]) =>
  completion(null, {
    finish_reason: 'tool_calls',
    message: {
      tool_calls: calls.map(([name, args], index) => ({
        id: `c${index}`,
        type: 'function',
        function: { name, arguments: args },
      })),
    },
  })
const response = (more: object, content: readonly object[] = [{ type: 'output_text', text: VALID }]) => ({
  id: 'resp_1',
  object: 'response',
  status: 'completed',
  output: [{ type: 'message', role: 'assistant', content }],
  ...more,
})

describe('the outcome of a validation', () => {
  it.for([
    ['a text', VALID, 'valid'],
    ['a completion', completion(VALID), 'valid'],
    ['a message', { role: 'assistant', content: VALID }, 'valid'],
    ['a message in parts', { role: 'assistant', content: [{ type: 'text', text: VALID }] }, 'valid'],
    ['a response', response({}), 'valid'],
    ['prose', 'Billing, I think.', 'not_json'],
    ['a refusal in words', 'I cannot help with that.', 'not_json'],
    ['a call', 'triage(category="billing")', 'not_json'],
    ['code', '```python\nprint(1)\n```', 'not_json'],
    ['fenced JSON', `\`\`\`json\n${VALID}\n\`\`\``, 'malformed_json'],
    ['JSON in prose', `Sure: ${VALID}`, 'malformed_json'],
    ['broken JSON', '{"category":"billing",}', 'malformed_json'],
    ['a cut text', '{"category":"bil', 'malformed_json'],
    ['a wrong value', '{"category":"sales","score":0.5}', 'schema_mismatch'],
    ['a wrong structure', '[1]', 'schema_mismatch'],
    ['a number', '42', 'schema_mismatch'],
    ['nothing', '', 'empty'],
    ['white space', completion(' \n'), 'empty'],
    ['a null content', completion(null), 'empty'],
    ['no choices', { id: 'x', choices: [] }, 'empty'],
    ['a refusal part', completion(null, { message: { refusal: 'No.' } }), 'refused'],
    ['a refusal part of a response', response({}, [{ type: 'refusal', refusal: 'No.' }]), 'refused'],
    ['an answer cut by the token limit', completion(VALID, { finish_reason: 'length' }), 'truncated'],
    [
      'an incomplete response',
      response({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }),
      'truncated',
    ],
    ['a filtered answer', completion('', { finish_reason: 'content_filter' }), 'filtered'],
    [
      'a filtered response',
      response({ status: 'incomplete', incomplete_details: { reason: 'content_filter' } }),
      'filtered',
    ],
    ['a tool call where JSON was expected', called(['refund', '{}']), 'empty'],
  ] as const)('%s is judged %s', async ([, source, outcome], { expect }) => {
    const validation = await validate(triage, source)
    expect(validation.outcome).toBe(outcome)
    expect('value' in validation).toBe(outcome === 'valid')
  })

  it('names path and code of each finding', async () => {
    const validation = await validate(triage, '{"category":"sales","score":2,"extra":1}')
    expect(validation.issues.map(({ path, code }) => `${path}:${code}`)).toEqual([
      'category:invalid_value',
      'score:too_big',
      ':unrecognized_keys',
    ])
  })

  it('of a text format goes to the schema unparsed', async () => {
    const call = z.string().regex(/^\[.*\]$/u)
    expect((await validate(call, '[f(a=1)]', { format: 'text' })).outcome).toBe('valid')
    expect((await validate(call, 'f(a=1)', { format: 'text' })).outcome).toBe('schema_mismatch')
    expect((await validate(call, '', { format: 'text' })).outcome).toBe('empty')
  })

  it('comes from any Standard Schema, also one that is asynchronous or throws', async () => {
    const later: StandardSchema<unknown, number> = {
      '~standard': { version: 1, vendor: 'test', validate: async (value) => ({ value: Number(value) }) },
    }
    expect(await validate(later, '7')).toMatchObject({ outcome: 'valid', value: 7 })
    const broken: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          throw new Error('stack overflow')
        },
      },
    }
    expect(await validate(broken, '7')).toMatchObject({
      outcome: 'schema_mismatch',
      issues: [{ code: 'schema_threw' }],
    })
  })

  it('refuses a source that is no answer, since that is a mistake in the program', async () => {
    await expect(validate(triage, { foo: 1 })).rejects.toThrow(TidemarkError)
    await expect(validate(triage, { foo: 1 })).rejects.toMatchObject({ code: 'validation_source_invalid' })
  })
})

describe('a repair', () => {
  it.for([
    ['a fence', `\`\`\`json\n${VALID}\n\`\`\``],
    ['a fence in prose', `Here:\n\`\`\`\n${VALID}\n\`\`\`\nDone.`],
    ['prose', `Sure! ${VALID} Anything else?`],
  ] as const)('strips %s, says so, and keeps the finding', async ([, text], { expect }) => {
    const validation = await validate(triage, text, { repair: true })
    expect(validation).toMatchObject({ outcome: 'repaired', value: { category: 'billing', score: 0.5 }, text })
    expect(validation.issues).toHaveLength(1)
  })
  it('never guesses: a broken, cut or spoken answer stays what it is', async () => {
    expect((await validate(triage, '{"category":"billing","score":0.', { repair: true })).outcome).toBe(
      'malformed_json',
    )
    expect((await validate(triage, '{category:"billing"}', { repair: true })).outcome).toBe('malformed_json')
    expect((await validate(z.string(), 'I cannot help.', { repair: true })).outcome).toBe('not_json')
  })
  it('never takes a part of a broken answer for the whole', async () => {
    const broken = `[${VALID}, ${VALID} ${VALID}]`
    expect(await validate(triage, broken, { repair: true })).not.toHaveProperty('value')
    expect((await validate(triage, broken, { repair: true })).outcome).toBe('malformed_json')
  })
  it('is validated like everything else', async () => {
    expect((await validate(triage, '```json\n{"category":"sales"}\n```', { repair: true })).outcome).toBe(
      'schema_mismatch',
    )
  })
  it('is not tried on an answer that was cut', async () => {
    const cut = completion(`\`\`\`json\n${VALID}\n\`\`\``, { finish_reason: 'length' })
    expect((await validate(triage, cut, { repair: true })).outcome).toBe('truncated')
  })
})

describe('tool calls', () => {
  it('are valid when every one has a schema and fits it', async () => {
    const validation = await validate(tools, called(['refund', '{"amount":5}'], ['now', '{}']))
    expect(validation).toMatchObject({
      outcome: 'valid',
      value: [
        { name: 'refund', id: 'c0', arguments: { amount: 5 } },
        { name: 'now', id: 'c1', arguments: {} },
      ],
    })
  })
  it('are an empty list where the model chose to answer in words, and empty where it did neither', async () => {
    expect(await validate(tools, completion('How much?'))).toMatchObject({ outcome: 'valid', value: [] })
    expect((await validate(tools, completion(''))).outcome).toBe('empty')
  })
  it.for([
    [[['refund', '{"amount":-1}']], 'schema_mismatch', '0.refund.amount:too_small'],
    [[['drop_table', '{}']], 'schema_mismatch', '0.drop_table:unknown_tool'],
    [[['toString', '{}']], 'schema_mismatch', '0.toString:unknown_tool'],
    [[['refund', '{"amount":5']], 'malformed_json', '0.refund:truncated_json'],
    [[['now', '']], 'malformed_json', '0.now:empty'],
    [[['refund', 'five']], 'not_json', '0.refund:prose'],
    [
      [
        ['now', '{}'],
        ['refund', '{}'],
      ],
      'schema_mismatch',
      '1.refund.amount:invalid_type',
    ],
  ] as const)('%j is %s by %s', async ([calls, outcome, issue], { expect }) => {
    const validation = await validate(tools, called(...calls))
    expect(validation.outcome).toBe(outcome)
    expect(validation.issues.map(({ path, code }) => `${path}:${code}`)).toEqual([issue])
  })
  it('are read from the Responses API too', async () => {
    const source = {
      id: 'r',
      status: 'completed',
      output: [{ type: 'function_call', call_id: 'c', name: 'refund', arguments: '{"amount":1}' }],
    }
    expect(await validate(tools, source)).toMatchObject({ outcome: 'valid', value: [{ id: 'c' }] })
  })
})

describe('hostile answers', () => {
  const anything = z.unknown()
  /** The event loop may not stand still for longer than 50 ms; doubled here for a loaded machine. */
  it.for([
    ['10 MB of JSON', JSON.stringify('x'.repeat(10_000_000)), 'malformed_json'],
    ['10 MB of brackets', '['.repeat(10_000_000), 'malformed_json'],
    ['10 MB of prose', 'word '.repeat(2_000_000), 'malformed_json'],
    ['10,000 nested arrays', '['.repeat(10_000) + ']'.repeat(10_000), 'malformed_json'],
    ['a prototype key', '{"a":{"__proto__":{"isAdmin":true}}}', 'malformed_json'],
    ['a hidden prototype key', '{"\\u005f_proto__":{"isAdmin":true}}', 'malformed_json'],
    ['a lone surrogate', '{"a":"\\ud800"}', 'valid'],
    ['NUL', '{"a":"\\u0000"}', 'valid'],
  ] as const)('%s', async ([, text, outcome], { expect }) => {
    const start = performance.now()
    const validation = await validate(anything, text)
    expect(performance.now() - start).toBeLessThan(100)
    expect(validation.outcome).toBe(outcome)
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false)
  })
})

describe('types', () => {
  it('give a value only behind the outcome', async () => {
    const validation = await validate(triage, VALID)
    // @ts-expect-error: an answer that nobody checked has no value
    expect(validation.value).toBeDefined()
    if (validation.outcome === 'valid') {
      expectTypeOf(validation.value).toEqualTypeOf<{ category: 'billing' | 'other'; score: number }>()
    }
    const calls = await validate(tools, called(['now', '{}']))
    if (calls.outcome === 'valid') {
      for (const call of calls.value) {
        if (call.name === 'refund') expectTypeOf(call.arguments).toEqualTypeOf<{ amount: number }>()
      }
    }
  })
})
