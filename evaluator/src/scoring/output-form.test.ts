import { describe, expect, test } from 'vitest'
import { callRecord } from '../../tests/call-records.ts'
import { withOutputForm } from './output-form.ts'

function formOf(output: string | null, said: { outputShape?: 'prose'; outputCharacters?: number } = {}): unknown {
  const call = callRecord('1', { outputShape: null, outputCharacters: null, output, ...said })
  const { outputShape, outputCharacters } = withOutputForm(call)
  return [outputShape, outputCharacters]
}

function answer(...parts: readonly object[]): string {
  return JSON.stringify([{ role: 'assistant', parts }])
}

describe('the form of an output that only its text tells', () => {
  test.for([
    [answer({ type: 'text', content: '{"a":1}' }), 'json', 7],
    [answer({ type: 'text', content: '```json\n{"a":1}\n```' }), 'json_fenced', 19],
    [answer({ type: 'text', content: 'I’m sorry, but I can’t help with that.' }), 'refusal', 38],
    [answer({ type: 'text', content: 'It arrives on Tuesday.' }), 'prose', 22],
    [answer({ type: 'tool_call', name: 'refund', arguments: { id: 7 } }), 'tool_calls', 0],
    [answer({ type: 'text', content: '' }), 'empty', 0],
    ['It arrives on Tuesday.', 'prose', 22],
  ] as const)('%j is %s of %i characters', ([output, shape, characters]) =>
    expect(formOf(output)).toEqual([shape, characters]),
  )

  test('is not known without text', () => expect(formOf(null)).toEqual([null, null]))

  test('is what the sender said, where it did', () =>
    expect(formOf('{"a":1}', { outputShape: 'prose', outputCharacters: 3 })).toEqual(['prose', 3]))
})
