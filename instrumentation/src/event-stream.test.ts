import { describe, expect, it } from 'vitest'
import { answerOfObject } from './answer.ts'
import { answerOfEventStream } from './event-stream.ts'

function streamOf(...events: readonly unknown[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
}

describe('a streamed answer', () => {
  it('keeps a function call of the old form', () => {
    const stream = streamOf(
      { choices: [{ index: 0, delta: { function_call: { name: 'look_up', arguments: '' } } }] },
      { choices: [{ index: 0, delta: { function_call: { arguments: '{"id":' } } }] },
      { choices: [{ index: 0, delta: { function_call: { arguments: '7}' } } }] },
      { choices: [{ index: 0, delta: {}, finish_reason: 'function_call' }] },
    )
    const answer = answerOfObject(answerOfEventStream(stream).body)
    expect(answer?.toolCalls).toEqual([{ id: undefined, name: 'look_up', arguments: '{"id":7}' }])
  })

  it('keeps the input of a custom tool', () => {
    const stream = streamOf(
      {
        choices: [
          { index: 0, delta: { tool_calls: [{ index: 0, id: 'call_1', custom: { name: 'shell', input: 'l' } }] } },
        ],
      },
      { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, custom: { input: 's' } }] } }] },
    )
    const answer = answerOfObject(answerOfEventStream(stream).body)
    expect(answer?.toolCalls).toEqual([{ id: 'call_1', name: 'shell', arguments: 'ls' }])
  })
})
