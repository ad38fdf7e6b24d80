import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { judge } from '../src/validate.ts'
import { setting } from './client-setting.ts'
import { completion, json } from './loopback-provider.ts'

const MEGABYTES_10 = 10 * 1024 * 1024
/** Longest that the event loop may stand still, milliseconds. */
const LONGEST_BLOCK = 50

const HOSTILE: readonly (readonly [name: string, text: string, outcome: RegExp])[] = [
  ['10 MB of prose', 'so it goes on and on '.repeat(MEGABYTES_10 / 21), /^(?:malformed_json|not_json)$/u],
  ['10 MB of JSON', `{"a":"${'x'.repeat(MEGABYTES_10)}"}`, /^malformed_json$/u],
  ['10 MB of opening braces', '{'.repeat(MEGABYTES_10), /^malformed_json$/u],
  ['10 MB of opening brackets and quotes', '["'.repeat(MEGABYTES_10 / 2), /^malformed_json$/u],
  ['10 MB of backticks', '`'.repeat(MEGABYTES_10), /^(?:malformed_json|not_json)$/u],
  ['10 MB of fences', '```json\n{\n```\n'.repeat(MEGABYTES_10 / 14), /^(?:malformed_json|not_json)$/u],
  ['10 MB of white space', ' '.repeat(MEGABYTES_10), /^(?:empty|malformed_json)$/u],
  ['10 MB of line ends', '\n'.repeat(MEGABYTES_10), /^(?:empty|malformed_json)$/u],
  ['10 MB of backslashes in a string', `"${'\\'.repeat(MEGABYTES_10)}`, /^(?:malformed_json|not_json)$/u],
  ['10 MB that look like a call', `f(${'a=1,'.repeat(MEGABYTES_10 / 4)}`, /^(?:malformed_json|not_json)$/u],
  ['1 MB of an array of numbers', `[${'1,'.repeat(490_000)}1]`, /^schema_mismatch$/u],
  ['1 MB of small objects', `[${'{"a":1},'.repeat(120_000)}{}]`, /^schema_mismatch$/u],
  ['10,000 nested arrays', '['.repeat(10_000) + ']'.repeat(10_000), /^malformed_json$/u],
  ['10,000 nested objects, unclosed', '{"a":'.repeat(10_000), /^malformed_json$/u],
  [
    '0.4 MB of nested objects behind prose, broken at their end',
    `Here: ${'{"a":'.repeat(15)}{"b":[${'1,'.repeat(198_000)}1 oops]${'}'.repeat(16)}`,
    /^malformed_json$/u,
  ],
  [
    '0.4 MB of a string in nested objects behind prose, broken at their end',
    `Here: ${'{"a":'.repeat(16)}"${'y'.repeat(390_000)}" oops${'}'.repeat(16)}`,
    /^malformed_json$/u,
  ],
  ['a __proto__ key', '{"__proto__":{"isAdmin":true}}', /^malformed_json$/u],
  ['a __proto__ key behind an escape', String.raw`{"a":1,"\u005f_proto__":{"isAdmin":true}}`, /^malformed_json$/u],
  ['a constructor key', '{"constructor":{"prototype":{"isAdmin":true}}}', /^schema_mismatch$/u],
  ['lone surrogates', '{"a":"\uD800"}\uDFFF', /^repaired$/u],
  ['a NUL', '{"a":"\u0000"}', /^malformed_json$/u],
  ['a byte order mark before JSON', '\uFEFF{"a":"b"}', /^repaired$/u],
]

const schema = z.strictObject({ a: z.string() })

/** The longest time between two turns of the event loop while `fn` ran, milliseconds. */
async function longestBlock(fn: () => Promise<unknown>): Promise<number> {
  let last = performance.now()
  let longest = 0
  const turned = (): void => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      setImmediate(() => {
        turned()
        resolve()
      })
    })
  await turn()
  longest = 0
  const done = fn()
  // between these two turns lies all that runs at once; what follows an await comes in the turns behind them
  for (let turns = 0; turns < 3; turns++) await turn()
  await done
  await turn()
  return longest
}

it('a block of the event loop is noticed', async () => {
  const busy = async (): Promise<void> => {
    const end = performance.now() + 80
    while (performance.now() < end);
  }
  expect(await longestBlock(busy)).toBeGreaterThan(75)
})

describe('what a hostile model writes', () => {
  it.for(HOSTILE)('%s has an outcome and holds the process up for less than 50 ms', async ([, text, outcome]) => {
    const outcomes = new Set<string>()
    // the best of five: another process may take the processor away
    const blocks: number[] = []
    for (let round = 0; round < 5; round++) {
      blocks.push(
        await longestBlock(async () => {
          const { validation } = await judge(schema, text, { repair: true })
          outcomes.add(validation.outcome)
        }),
      )
    }
    expect([...outcomes]).toHaveLength(1)
    expect([...outcomes][0]).toMatch(outcome)
    expect(Math.min(...blocks)).toBeLessThan(LONGEST_BLOCK)
    expect(Reflect.get({}, 'isAdmin')).toBeUndefined()
  })

  it.for(HOSTILE)('%s reaches the application through the client as it is, with one span', async ([, text], test) => {
    const { client, sink } = await setting(test, [json(200, completion(text))], { options: { content: 'all' } })
    const { choices } = await client.chat.completions.create({ model: 'gpt-4o', messages: [] })
    expect(choices[0]?.message.content === text.toWellFormed() || choices[0]?.message.content === text).toBe(true)
    const spans = sink.spans('chat gpt-4o')
    expect(spans).toHaveLength(1)
    expect(spans[0]?.attributes['tidemark.output.characters']).toBe(choices[0]?.message.content?.length)
    // 8,192 characters, each at most doubled by its escape
    expect(String(spans[0]?.attributes['gen_ai.output.messages']).length).toBeLessThan(2 * 8192 + 500)
  })
})
