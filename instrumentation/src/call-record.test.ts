import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type OpenAI from 'openai'
import { describe, expect, it, type TestContext } from 'vitest'
import { HASH_KEY, setting } from '../tests/client-setting.ts'
import {
  type Answer,
  chunk,
  completion,
  events,
  hang,
  hangInBody,
  json,
  reset,
  resetInBody,
} from '../tests/loopback-provider.ts'
import { answer, chat, QUESTION } from '../tests/kind-question.ts'
import type { TelemetrySink } from '../tests/telemetry-sink.ts'
import { createTextHash } from './keyed-hash.ts'

const stream = (client: OpenAI, options?: object) =>
  client.chat.completions.create({ ...QUESTION, stream: true }, options)
const collect = async (items: AsyncIterable<unknown>) => {
  for await (const _ of items);
}
const callSpans = (sink: TelemetrySink): readonly ReadableSpan[] =>
  sink.spans().filter(({ name }) => !name.startsWith('tidemark.'))

/** The one span of a call; a stream that was left ends it a moment after the application has gone on. */
async function callSpan(sink: TelemetrySink, { expect }: Pick<TestContext, 'expect'>): Promise<ReadableSpan> {
  await expect.poll(() => callSpans(sink).length, { interval: 5, timeout: 2000 }).toBe(1)
  const [span] = callSpans(sink)
  if (span === undefined) throw new Error('no span')
  return span
}

describe('the span of a call', () => {
  it('carries the facts of request and answer and no text', async (test) => {
    const { client, sink, provider } = await setting(test, [answer], {
      options: { agentVersion: '1.2', promptName: 'greeting', promptVersion: '7', dataVersion: 'd1', segment: 'gold' },
    })
    await client.chat.completions.create({
      ...QUESTION,
      temperature: 0.5,
      max_tokens: 100,
      stop: 'END',
      seed: 3,
      response_format: { type: 'json_object' },
      tools: [{ type: 'function', function: { name: 'f' } }],
    })
    const span = await callSpan(sink, test)
    expect(span.name).toBe('chat gpt-4o')
    expect(span.kind).toBe(SpanKind.CLIENT)
    expect(span.status.code).toBe(SpanStatusCode.UNSET)
    const hash = createTextHash(() => HASH_KEY)
    expect(span.attributes).toEqual({
      'gen_ai.agent.name': 'tested',
      'gen_ai.agent.version': '1.2',
      'gen_ai.operation.name': 'chat',
      'gen_ai.output.type': 'json',
      'gen_ai.prompt.name': 'greeting',
      'gen_ai.prompt.version': '7',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.max_tokens': 100,
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.request.seed': 3,
      'gen_ai.request.temperature': 0.5,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.id': 'chatcmpl-1',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.input_tokens': 20,
      'gen_ai.usage.output_tokens': 8,
      'gen_ai.usage.reasoning.output_tokens': 2,
      'openai.api.type': 'chat_completions',
      'openai.response.system_fingerprint': 'fp_1',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(provider.url).port),
      'tidemark.attempt.count': 1,
      'tidemark.data.version': 'd1',
      'tidemark.input.hash': hash('how are you?'),
      'tidemark.origin': 'production',
      'tidemark.output.characters': 15,
      'tidemark.output.shape': 'json',
      'tidemark.prompt.hash': hash('You are kind. Today is <calendar>, <id> <calendar> <id>.'),
      'tidemark.provider.request_id': 'req_1',
      'tidemark.segment': 'gold',
      'tidemark.tools.hash': hash('[{"type":"function","function":{"name":"f"}}]'),
      'tidemark.variant': 'control',
    })
  })

  it('hashes the tools anew for another list or another length; a list edited in place counts as the one it was', async (test) => {
    const { client, sink } = await setting(test, [answer])
    const tool = (name: string) => ({ type: 'function' as const, function: { name, description: 'looks it up' } })
    const tools = [tool('search')]
    const ask = async (list: typeof tools): Promise<unknown> => {
      await client.chat.completions.create({ model: 'gpt-4o', messages: [], tools: list })
      return sink.spans('chat gpt-4o').at(-1)?.attributes['tidemark.tools.hash']
    }
    const first = await ask(tools)
    expect(await ask([tool('search')])).toBe(first)
    expect(await ask([tool('find')])).not.toBe(first)
    Object.assign(tools[0]?.function ?? {}, { description: 'finds it' })
    expect(await ask(tools)).toBe(first)
    tools.push(tool('find'))
    expect(await ask(tools)).not.toBe(first)
  })

  it('is of the origin that TIDEMARK_ORIGIN says, whatever the options say', async (test) => {
    process.env['TIDEMARK_ORIGIN'] = 'harness'
    test.onTestFinished(() => void delete process.env['TIDEMARK_ORIGIN'])
    const { client, sink } = await setting(test, [answer], { options: { origin: 'production' } })
    await chat(client)
    expect((await callSpan(sink, test)).attributes).toMatchObject({ 'tidemark.origin': 'harness' })
  })

  it('takes what a run scope adds, and the inner scope wins', async (test) => {
    const { client, sink, tidemark } = await setting(test, [answer], { options: { promptVersion: '7' } })
    await tidemark.run({ user: 'u-1', conversation: 'c-1', origin: 'harness', segment: 'a' }, () =>
      tidemark.run({ segment: 'b', variant: 'canary', promptVersion: '8' }, () => chat(client)),
    )
    const { attributes } = await callSpan(sink, test)
    expect(attributes).toMatchObject({
      'gen_ai.conversation.id': 'c-1',
      'gen_ai.prompt.version': '8',
      'tidemark.origin': 'harness',
      'tidemark.segment': 'b',
      'tidemark.user.hash': createTextHash(() => HASH_KEY)('u-1'),
      'tidemark.variant': 'canary',
    })
  })

  /** Name, answers, use, options of the client; error type, attempts' outcomes, further attributes of the span. */
  const ENDINGS: readonly (readonly [
    string,
    readonly Answer[],
    (client: OpenAI) => Promise<unknown>,
    { readonly errorType?: string; readonly outcomes: readonly string[]; readonly attributes?: object },
  ])[] = [
    ['a first attempt that succeeds', [answer], chat, { outcomes: [] }],
    [
      '503, then 200',
      [json(503, {}), answer],
      chat,
      { outcomes: ['retried'], attributes: { 'tidemark.attempt.count': 2 } },
    ],
    ['503 for ever', [json(503, {})], chat, { errorType: '503', outcomes: ['retried', 'exhausted'] }],
    [
      '400',
      [json(400, { error: { code: 'context_length_exceeded' } })],
      chat,
      { errorType: 'context_length_exceeded', outcomes: ['rejected'] },
    ],
    [
      'an empty account',
      [json(429, { error: { code: 'insufficient_quota' } })],
      chat,
      { errorType: 'insufficient_quota', outcomes: ['rejected'], attributes: { 'tidemark.attempt.count': 1 } },
    ],
    ['reset for ever', [reset], chat, { errorType: 'ECONNRESET', outcomes: ['retried', 'exhausted'] }],
    [
      'hang before headers',
      [hang],
      (client) => chat(client, { timeout: 300 }),
      { errorType: 'timeout', outcomes: ['retried', 'exhausted'] },
    ],
    [
      'hang in the body',
      [hangInBody],
      (client) => chat(client, { timeout: 300 }),
      { errorType: 'timeout', outcomes: ['retried', 'exhausted'] },
    ],
    [
      'hang in the body, then 200',
      [hangInBody, answer],
      (client) => chat(client, { timeout: 500 }),
      {
        outcomes: ['retried'],
        attributes: { 'tidemark.output.shape': 'json', 'tidemark.provider.request_id': 'req_1' },
      },
    ],
    ['reset in the body', [resetInBody], chat, { errorType: 'ECONNRESET', outcomes: ['rejected'] }],
    [
      'aborted by the caller',
      [hang],
      (client) => chat(client, { signal: AbortSignal.timeout(30) }),
      { errorType: 'aborted', outcomes: ['aborted'] },
    ],
    [
      'aborted in the body',
      [hangInBody],
      (client) => chat(client, { signal: AbortSignal.timeout(30) }),
      { errorType: 'aborted', outcomes: ['aborted'] },
    ],
    [
      'a Retry-After beyond what is waited for',
      [json(429, {}, { 'retry-after': '3600' })],
      chat,
      { errorType: '429', outcomes: ['deadline'] },
    ],
    [
      'no answer in the answer',
      [json(200, completion('', { finish_reason: 'content_filter' }))],
      chat,
      {
        outcomes: [],
        attributes: { 'tidemark.output.shape': 'empty', 'gen_ai.response.finish_reasons': ['content_filter'] },
      },
    ],
    [
      'a refusal',
      [json(200, completion(null, { message: { refusal: 'No.' } }))],
      chat,
      { outcomes: [], attributes: { 'tidemark.output.shape': 'refusal', 'tidemark.output.characters': 0 } },
    ],
    [
      'tool calls',
      [
        json(
          200,
          completion(null, {
            message: { tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
          }),
        ),
      ],
      chat,
      { outcomes: [], attributes: { 'tidemark.output.shape': 'tool_calls' } },
    ],
    [
      'a response that nobody reads as JSON',
      [answer],
      async (client) => (await chat(client).asResponse()).text(),
      { outcomes: [], attributes: { 'tidemark.output.shape': 'json' } },
    ],
    [
      'a stream read to its end',
      [
        events([
          chunk({ content: '{"a"' }),
          chunk({ content: ':1}' }, { finish_reason: 'stop' }),
          { ...chunk({}), choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } },
        ]),
      ],
      async (client) => collect(await stream(client)),
      {
        outcomes: [],
        attributes: {
          'gen_ai.request.stream': true,
          'gen_ai.usage.output_tokens': 2,
          'gen_ai.response.finish_reasons': ['stop'],
          'tidemark.output.shape': 'json',
          'tidemark.output.characters': 7,
        },
      },
    ],
    [
      'a stream the application leaves',
      [events([chunk({ content: 'a' })], 'hang')],
      async (client) => {
        for await (const _ of await stream(client)) break
      },
      { outcomes: ['aborted'], attributes: { 'error.type': 'abandoned' } },
    ],
    [
      'a stream the application aborts',
      [events([chunk({ content: 'a' })], 'hang')],
      async (client) => collect(await stream(client, { signal: AbortSignal.timeout(50) })),
      { errorType: 'aborted', outcomes: ['aborted'] },
    ],
    [
      'a stream that is aborted unread',
      [events([chunk({ content: 'a' })], 'hang')],
      async (client) => {
        ;(await stream(client)).controller.abort()
      },
      { outcomes: ['aborted'], attributes: { 'error.type': 'abandoned' } },
    ],
    [
      'a stream that breaks off',
      [events([chunk({ content: 'a' })], 'reset')],
      async (client) => collect(await stream(client)),
      { errorType: 'ECONNRESET', outcomes: ['rejected'] },
    ],
    [
      'an error in mid-stream',
      [events([chunk({ content: 'a' }), { error: { code: 'server_error', message: 'x' } }], 'close')],
      async (client) => collect(await stream(client)),
      { errorType: 'server_error', outcomes: [] },
    ],
  ]
  it.concurrent.for(ENDINGS)('%s', async ([, answers, use, { errorType, outcomes, attributes = {} }], test) => {
    const { expect } = test
    const { client, sink } = await setting(test, answers)
    await use(client).catch(() => undefined)
    const span = await callSpan(sink, test)
    expect(span.attributes).toMatchObject({
      ...(errorType === undefined ? {} : { 'error.type': errorType }),
      ...attributes,
    })
    expect(span.status.code).toBe(errorType === undefined ? SpanStatusCode.UNSET : SpanStatusCode.ERROR)
    const attempts = sink.spans('tidemark.attempt')
    expect(attempts.map((attempt) => attempt.attributes['tidemark.attempt.outcome'])).toEqual(outcomes)
    for (const attempt of attempts) {
      expect(attempt.parentSpanContext?.spanId).toBe(span.spanContext().spanId)
      expect(attempt.kind).toBe(SpanKind.CLIENT)
      expect(Object.keys(attempt.attributes).filter((key) => key.startsWith('gen_ai.usage'))).toEqual([])
    }
  })
})
