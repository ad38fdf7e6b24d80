import { describe, expect, it } from 'vitest'
import { answerIdOf, messagesOf } from './message-list.ts'

const text = (content: string) => ({ type: 'text', content })
const call = { type: 'tool_call', id: 'c1', name: 'refund', arguments: '{"amount":12}' }

const INPUTS: readonly (readonly [what: string, value: unknown, messages: unknown])[] = [
  ['plain text', 'Where is it?', [{ role: 'user', parts: [text('Where is it?')] }]],
  ['text that only begins like JSON', '{not json', [{ role: 'user', parts: [text('{not json')] }]],
  ['JSON that is no message', '{"a":1}', [{ role: 'user', parts: [text('{"a":1}')] }]],
  [
    'a request of the OpenAI API',
    { model: 'm', messages: [{ role: 'system', content: 'S' }] },
    [{ role: 'system', parts: [text('S')] }],
  ],
  ["the convention's own", [{ role: 'user', parts: [text('Hi')] }], [{ role: 'user', parts: [text('Hi')] }]],
  [
    'parts of the AI SDK',
    [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    [{ role: 'user', parts: [text('Hi')] }],
  ],
  [
    "the AI SDK's prompt with its system text",
    { system: 'S', prompt: 'Hi' },
    [
      { role: 'system', parts: [text('S')] },
      { role: 'user', parts: [text('Hi')] },
    ],
  ],
  [
    'serialised messages of LangChain',
    { messages: [[{ lc: 1, id: ['langchain_core', 'messages', 'SystemMessage'], kwargs: { content: 'S' } }]] },
    [{ role: 'system', parts: [text('S')] }],
  ],
]

const OUTPUTS: readonly (readonly [what: string, value: unknown, messages: unknown])[] = [
  [
    'an answer of the OpenAI API',
    { id: 'x', choices: [{ message: { role: 'assistant', content: 'A' } }] },
    [{ role: 'assistant', parts: [text('A')] }],
  ],
  [
    'a tool call',
    {
      choices: [
        {
          message: {
            content: null,
            tool_calls: [{ id: 'c1', function: { name: 'refund', arguments: '{"amount":12}' } }],
          },
        },
      ],
    },
    [{ role: 'assistant', parts: [call] }],
  ],
  [
    'a refusal',
    { role: 'assistant', content: null, refusal: 'No.' },
    [{ role: 'assistant', parts: [{ type: 'refusal', content: 'No.' }] }],
  ],
  ['an answer without anything', { role: 'assistant', content: '' }, [{ role: 'assistant', parts: [] }]],
]

const json = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

describe('input becomes messages', () => {
  it.for(INPUTS)('%s', ([, value, messages]) => {
    expect(messagesOf(json(value), 'user')).toEqual(messages)
  })
})

describe('output becomes messages', () => {
  it.for(OUTPUTS)('%s', ([, value, messages]) => {
    expect(messagesOf(json(value), 'assistant')).toEqual(messages)
  })
})

describe('the id of an answer', () => {
  it('is read from an answer of the OpenAI API and from what LangChain kept of it', () => {
    expect(answerIdOf(json({ id: 'chatcmpl-1', choices: [] }))).toBe('chatcmpl-1')
    expect(answerIdOf(json({ id: 'resp_1', object: 'response' }))).toBe('resp_1')
    const kwargs = { id: 'chatcmpl-2', content: 'A' }
    expect(answerIdOf(json({ generations: [[{ text: 'A', message: { lc: 1, kwargs } }]] }))).toBe('chatcmpl-2')
  })

  it('is not the id of anything else', () => {
    expect(answerIdOf(json({ id: 'ticket-12', amount: 3 }))).toBeUndefined()
    expect(answerIdOf('chatcmpl-1')).toBeUndefined()
  })
})
