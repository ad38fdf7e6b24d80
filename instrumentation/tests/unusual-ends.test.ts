import { diag, DiagLogLevel } from '@opentelemetry/api'
import OpenAI from 'openai'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { setting } from './client-setting.ts'
import { chunk, completion, events, hang, json } from './loopback-provider.ts'

const QUESTION: OpenAI.ChatCompletionCreateParamsNonStreaming = {
  model: 'gpt-4o',
  messages: [{ role: 'user', content: 'How are you?' }],
}
const answer = json(200, completion('Fine.'))

/** Lets the collector run until a fact holds; a bounded number of looks, each after a full collection. */
async function collectedUntil(fact: () => boolean | Promise<boolean>): Promise<void> {
  const collect: unknown = Reflect.get(globalThis, 'gc')
  for (let look = 0; look < 200; look++) {
    if (typeof collect === 'function') Reflect.apply(collect, undefined, [])
    if (await fact()) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('a response that is collected unread', () => {
  it('ends its span, and its attempt has a metric point', async (test) => {
    const { setFlagsFromString } = await import('node:v8')
    setFlagsFromString('--expose-gc')
    const { runInNewContext } = await import('node:vm')
    Reflect.set(globalThis, 'gc', runInNewContext('gc'))
    const { client, sink } = await setting(test, [answer])
    await client.chat.completions.create(QUESTION).asResponse()
    await collectedUntil(() => sink.spans().some(({ name }) => name === 'chat gpt-4o'))
    expect(sink.spans('chat gpt-4o')).toHaveLength(1)
    expect(sink.spans('chat gpt-4o')[0]?.attributes).toMatchObject({
      'error.type': 'abandoned',
      'tidemark.attempt.count': 1,
    })
    const attempts = await sink.points('tidemark.llm.attempts')
    expect(
      attempts.filter(({ value }) => value === 1).map(({ attributes }) => attributes['tidemark.attempt.outcome']),
    ).toEqual(['aborted'])
  })
})

describe('with retry: false', () => {
  it('a call that the caller aborts between the client’s attempts is over at once', async (test) => {
    const { client, sink } = await setting(test, [json(503, {}, { 'retry-after-ms': '5000' })], {
      options: { retry: false },
    })
    const controller = new AbortController()
    const asking = client.chat.completions.create(QUESTION, { signal: controller.signal })
    const ended = expect(asking).rejects.toThrow(/abort/u)
    await vi.waitFor(() => expect(sink.spans('tidemark.attempt')).toHaveLength(1))
    controller.abort()
    await ended
    const calls = sink.spans('chat gpt-4o')
    expect(calls.map(({ attributes }) => attributes['error.type'])).toEqual(['aborted'])
    expect(sink.spans('tidemark.attempt').map(({ attributes }) => attributes['tidemark.attempt.outcome'])).toEqual([
      'retried',
    ])
  })

  it('an abort is an abort, also where its reason is a time', async (test) => {
    const { client, sink } = await setting(test, [hang], { options: { retry: false } })
    const signal = AbortSignal.timeout(20)
    await expect(client.chat.completions.create(QUESTION, { signal })).rejects.toThrow(/abort/u)
    expect(sink.spans('chat gpt-4o').map(({ attributes }) => attributes['error.type'])).toEqual(['aborted'])
  })

  it('an abort after the answer changes nothing', async (test) => {
    const { client, sink } = await setting(test, [json(503, {}, { 'retry-after-ms': '1' }), answer], {
      options: { retry: false },
    })
    const controller = new AbortController()
    await client.chat.completions.create(QUESTION, { signal: controller.signal })
    controller.abort()
    expect(sink.spans('chat gpt-4o').map(({ attributes }) => attributes['error.type'])).toEqual([undefined])
  })
})

/** Refuses a foreign fetch, as a client with X.509 workload identity does. */
class OwnTransportClient extends OpenAI {
  override withOptions(options: Partial<ConstructorParameters<typeof OpenAI>[0]>): this {
    if (options !== undefined && 'fetch' in options)
      throw new Error('X.509 workload identity does not support a custom fetch implementation.')
    return super.withOptions(options ?? {})
  }
}

describe('a client that accepts no fetch', () => {
  const warnings = (): string[] => {
    const told: string[] = []
    const silent = (): void => undefined
    diag.setLogger(
      { warn: (message) => void told.push(message), error: silent, info: silent, debug: silent, verbose: silent },
      { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
    )
    onTestFinished(() => diag.disable())
    return told
  }

  it('is recorded as a whole, and says so', async (test) => {
    const told = warnings()
    const { client, sink, provider } = await setting(test, [json(503, {}, { 'retry-after-ms': '1' }), answer], {
      Client: OwnTransportClient,
    })
    const { data, response, request_id } = await client.chat.completions.create(QUESTION).withResponse()
    expect([data.choices[0]?.message.content, response.status, request_id]).toEqual(['Fine.', 200, null])
    expect(provider.requests).toHaveLength(2)
    expect(told.join()).toContain('recorded as a whole')
    expect(sink.spans().map(({ name }) => name)).toEqual(['chat gpt-4o'])
    expect(sink.spans()[0]?.attributes).toMatchObject({
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.usage.input_tokens': 20,
      'tidemark.output.shape': 'prose',
    })
  })

  it('has its streams, errors and responses as before', async (test) => {
    warnings()
    const stream = events([chunk({ content: 'a' }), chunk({ content: 'b' }, { finish_reason: 'stop' })])
    const { client, sink } = await setting(
      test,
      [stream, json(400, { error: { message: 'no', code: 'bad' } }), answer],
      { Client: OwnTransportClient },
    )
    const pieces: unknown[] = []
    for await (const piece of await client.chat.completions.create({ ...QUESTION, stream: true }))
      pieces.push(piece.choices[0]?.delta.content)
    expect(pieces).toEqual(['a', 'b'])
    await expect(client.chat.completions.create(QUESTION)).rejects.toMatchObject({ status: 400, code: 'bad' })
    expect(await (await client.chat.completions.create(QUESTION).asResponse()).json()).toMatchObject({
      id: 'chatcmpl-1',
    })
    expect(sink.spans().map(({ attributes }) => attributes['error.type'])).toEqual([
      undefined,
      'BadRequestError',
      undefined,
    ])
  })
})

describe('limits the provider tells', () => {
  it('stand on the attempt that failed', async (test) => {
    const limited = json(
      429,
      { error: { code: 'rate_limit_exceeded' } },
      {
        'retry-after-ms': '1',
        'x-request-id': 'req_429',
        'x-ratelimit-limit-requests': '500',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-remaining-tokens': 'many',
      },
    )
    const { client, sink } = await setting(test, [limited, answer])
    await client.chat.completions.create(QUESTION)
    const [attempt] = sink.spans('tidemark.attempt')
    expect(attempt?.attributes).toMatchObject({
      'tidemark.ratelimit.requests': 500,
      'tidemark.ratelimit.remaining_requests': 0,
      'tidemark.provider.request_id': 'req_429',
    })
    expect(attempt?.attributes).not.toHaveProperty('tidemark.ratelimit.remaining_tokens')
  })
})
