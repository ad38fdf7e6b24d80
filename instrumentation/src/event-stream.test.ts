import * as fc from 'fast-check'
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

describe('words that are not parsed one by one', () => {
  const word = (content: string, more: object = {}) => ({
    id: 'c1',
    model: 'm',
    choices: [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }],
    usage: null,
    ...more,
  })
  const textOf = (stream: string) => answerOfObject(answerOfEventStream(stream).body)?.text

  it('come out as those that are', () => {
    const words = ['Say', ' "yes"', '\n', ' \\', '\\"', ' ü', '\ud83d', '\ude00', '', ' end']
    expect(textOf(streamOf(...words.map((content) => word(content))))).toBe(words.join(''))
  })

  it('come out of events with padding of changing length', () => {
    const pieces = ['One', ' two', ' three'].map((content, index) => word(content, { obfuscation: 'x'.repeat(index) }))
    expect(textOf(streamOf(...pieces))).toBe('One two three')
  })

  it('stay in order with events that say more', () => {
    const stop = { choices: [{ index: 0, delta: { content: '!' }, finish_reason: 'stop' }] }
    const refusing = { choices: [{ index: 0, delta: { content: ' c', refusal: 'no' }, finish_reason: null }] }
    const stream = streamOf(word('a'), word(' b'), refusing, word(' d'), stop)
    expect(textOf(stream)).toBe('a b c d!')
    expect(answerOfObject(answerOfEventStream(stream).body)).toMatchObject({ isRefused: true, finishReason: 'stop' })
  })

  it('of several choices are kept apart', () => {
    const of = (index: number, content: string) => ({ choices: [{ index, delta: { content }, finish_reason: null }] })
    const { body } = answerOfEventStream(streamOf(of(0, 'a'), of(1, 'x'), of(0, 'b'), of(0, 'c'), of(1, 'y')))
    expect(body).toMatchObject({ choices: [{ message: { content: 'abc' } }, { message: { content: 'xy' } }] })
  })

  it('leave out an event that is no JSON', () => {
    const stream = streamOf(word('a'), word('b')) + streamOf(word('?')).replace('?', '\\x') + streamOf(word('c'))
    expect(textOf(stream)).toBe('abc')
  })

  it('are read across any line ends', () => {
    const stream = streamOf(word('a'), word('b'), word('c'))
    expect(textOf(stream.replaceAll('\n', '\r\n'))).toBe('abc')
    expect(textOf(stream.replaceAll('\n', '\r'))).toBe('abc')
  })

  it(
    'come out as if every event had been parsed, whatever the words and the events between them',
    { timeout: 60_000 },
    () => {
      const text = fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.constantFrom('"', '\\', '\\"', '\n\n', '","'),
      )
      const delta = fc.oneof(
        { weight: 8, arbitrary: fc.record({ content: text }) },
        fc.record({ role: fc.constant('assistant'), content: text }),
        fc.record({ refusal: text }),
        fc.constant({}),
      )
      const event = fc.record({
        id: fc.constant('c1'),
        choices: fc.oneof(
          { weight: 8, arbitrary: fc.tuple(choiceOf(fc.constant(0), delta)) },
          fc.array(choiceOf(fc.integer({ min: 0, max: 2 }), delta), { maxLength: 2 }),
        ),
        usage: fc.option(fc.record({ prompt_tokens: fc.nat() }), { freq: 9 }),
        obfuscation: text,
      })
      fc.assert(
        fc.property(fc.array(event, { maxLength: 20 }), fc.boolean(), (events, isPadded) => {
          const sent = events.map(({ obfuscation, ...rest }) => (isPadded ? { ...rest, obfuscation } : rest))
          const choices = new Map<number, { content: string; refusal: string; finish: string | null }>()
          for (const piece of events.flatMap((one) => one.choices)) {
            const known = choices.get(piece.index) ?? { content: '', refusal: '', finish: null }
            choices.set(piece.index, {
              content: known.content + ('content' in piece.delta ? piece.delta.content : ''),
              refusal: known.refusal + ('refusal' in piece.delta ? piece.delta.refusal : ''),
              finish: piece.finish_reason ?? known.finish,
            })
          }
          const usage = events.findLast((one) => one.usage !== null)?.usage
          const expected = [...choices.values()].map(({ content, refusal, finish }) => ({
            finish_reason: finish ?? undefined,
            message: { role: 'assistant', content, refusal: refusal === '' ? null : refusal, tool_calls: [] },
          }))
          const { body } = answerOfEventStream(streamOf(...sent))
          expect(body).toEqual(
            events.length === 0
              ? undefined
              : { id: 'c1', ...(usage === undefined ? {} : { usage }), choices: expected },
          )
        }),
        { numRuns: 500 },
      )
    },
  )
})

function choiceOf<Delta>(index: fc.Arbitrary<number>, delta: fc.Arbitrary<Delta>) {
  return fc.record({
    index,
    delta,
    logprobs: fc.constant(null),
    finish_reason: fc.option(fc.constantFrom('stop', 'length'), { freq: 9 }),
  })
}
