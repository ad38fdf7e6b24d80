import { expect, it } from 'vitest'
import { answerOf } from './answer.ts'
import { toInputMessages, toOutputMessages } from './message-parts.ts'
import { responseFacts } from './response-facts.ts'

const RESPONSE = {
  id: 'resp_1',
  status: 'completed',
  output: [
    { type: 'reasoning', id: 'rs_1', summary: [] },
    { type: 'custom_tool_call', call_id: 'c1', name: 'shell', input: 'ls -l' },
  ],
}

it('a response that calls a custom tool is no empty answer', () => {
  const answer = answerOf(RESPONSE)
  expect(answer.toolCalls).toEqual([{ id: 'c1', name: 'shell', arguments: 'ls -l' }])
  expect(responseFacts(RESPONSE).finishReasons).toEqual(['tool_calls'])
  expect(toOutputMessages(RESPONSE)[0]?.parts).toEqual([
    { type: 'tool_call', id: 'c1', name: 'shell', arguments: 'ls -l' },
  ])
})

it('a history keeps the input and the output of a custom tool, in both APIs', () => {
  const call = { type: 'tool_call', id: 'c1', name: 'shell', arguments: 'ls -l' }
  const input = [RESPONSE.output[1], { type: 'custom_tool_call_output', call_id: 'c1', output: 'total 0' }]
  expect(toInputMessages('responses', { input }).messages).toEqual([
    { role: 'assistant', parts: [call] },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'total 0' }] },
  ])
  const messages = [
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c1', type: 'custom', custom: { name: 'shell', input: 'ls -l' } }],
    },
  ]
  expect(toInputMessages('chat_completions', { messages }).messages).toEqual([{ role: 'assistant', parts: [call] }])
})
