import OpenAI, { APIConnectionTimeoutError, AzureOpenAI } from 'openai'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createTidemark, type TidemarkOptions } from '../src/index.ts'
import { type Answer, chunk, completion, events, hang, hangInBody, json, startProvider } from './loopback-provider.ts'
import { createSink } from './telemetry-sink.ts'

const answer = json(200, completion('{"a":1}'))
const QUESTION = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] })
const POST = { method: 'POST', body: QUESTION, headers: { 'content-type': 'application/json' } }

async function provided(answers: readonly Answer[], options: Partial<TidemarkOptions> = {}) {
  const provider = await startProvider(...answers)
  onTestFinished(async () => provider[Symbol.asyncDispose]())
  const sink = createSink()
  const tidemark = createTidemark({
    agent: 'tested',
    hashKey: 'a key for the tests',
    outbox: false,
    retry: { baseMilliseconds: 1 },
    tracerProvider: sink.tracerProvider,
    meterProvider: sink.meterProvider,
    ...options,
  })
  onTestFinished(() => tidemark.shutdown(0))
  const calls = () => sink.spans().filter(({ name }) => !name.startsWith('tidemark.'))
  const outcomes = async () => {
    const points = await sink.points('tidemark.llm.attempts')
    return Object.fromEntries(
      points
        .filter(({ value }) => value !== 0)
        .map(({ attributes, value }) => [attributes['tidemark.attempt.outcome'], value]),
    )
  }
  return { provider, sink, tidemark, calls, outcomes, url: `${provider.url}/chat/completions` }
}

describe('tidemark.fetch', () => {
  it('sees a call and leaves retries to its caller', async () => {
    const { provider, tidemark, calls, outcomes, url } = await provided([json(503, {}), answer])
    const observed = tidemark.fetch()
    expect((await observed(url, POST)).status).toBe(503)
    expect(provider.requests).toHaveLength(1)
    const response = await observed(url, POST)
    expect(await response.json()).toEqual(completion('{"a":1}'))
    expect(calls().map(({ attributes }) => attributes['tidemark.output.shape'])).toContain('json')
    expect(await outcomes()).toEqual({ exhausted: 1, success: 1 })
  })

  it('retries where it is told to', async () => {
    const { provider, tidemark, calls, outcomes, url } = await provided([json(503, {}), answer])
    const observed = tidemark.fetch(globalThis.fetch, {
      retry: { maxRetries: 2, timeoutMilliseconds: 5000, baseMilliseconds: 1 },
    })
    expect(await (await observed(url, POST)).json()).toEqual(completion('{"a":1}'))
    expect(provider.requests.map(({ body }) => body)).toEqual([QUESTION, QUESTION])
    expect(calls()).toHaveLength(1)
    expect(await outcomes()).toEqual({ retried: 1, success: 1 })
  })

  it('sees and retries a call that is a Request of its own, and ends it by its signal', async () => {
    const { provider, tidemark, calls, outcomes, url } = await provided([json(503, {}), answer, hang])
    const retry = { maxRetries: 1, timeoutMilliseconds: 5000, baseMilliseconds: 1 }
    const observed = tidemark.fetch(globalThis.fetch, { retry })
    expect(await (await observed(new Request(url, POST))).json()).toEqual(completion('{"a":1}'))
    expect(provider.requests.map(({ body, headers }) => [body, headers['content-type']])).toEqual([
      [QUESTION, 'application/json'],
      [QUESTION, 'application/json'],
    ])
    const signal = AbortSignal.timeout(50)
    await expect(tidemark.fetch()(new Request(url, { ...POST, signal }))).rejects.toThrow()
    expect(calls().map(({ attributes }) => attributes['error.type'])).toEqual([undefined, 'aborted'])
    expect(await outcomes()).toEqual({ retried: 1, success: 1, aborted: 1 })
  })

  it('has a budget of its own, and the first capacity of a provider stays for every agent of the process', async () => {
    const { provider, tidemark, outcomes, url } = await provided([json(503, {})], {
      retry: { baseMilliseconds: 1, budgetTokens: 500 },
    })
    const limits = { maxRetries: 5, timeoutMilliseconds: 5000, baseMilliseconds: 1 }
    // 30 tokens pay for two retries at 14
    await tidemark.fetch(globalThis.fetch, { retry: { ...limits, budgetTokens: 30 } })(url, POST)
    expect(provider.requests).toHaveLength(3)
    expect(await outcomes()).toEqual({ retried: 2, budget: 1 })
    await tidemark.fetch(globalThis.fetch, { retry: { ...limits, budgetTokens: 500 } })(url, POST)
    expect(provider.requests).toHaveLength(4)
  })

  it('limits the time of a body read as text, and says that it was the time', async () => {
    const { provider, tidemark, calls, url } = await provided([hangInBody])
    const observed = tidemark.fetch(globalThis.fetch, { retry: { maxRetries: 2, timeoutMilliseconds: 60 } })
    await expect((await observed(url, POST)).text()).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(provider.requests).toHaveLength(1)
    expect(calls()[0]?.attributes['error.type']).toBe('timeout')
  })

  it('refuses limits it does not know', async () => {
    const { tidemark } = await provided([answer])
    // @ts-expect-error: what types forbid, JavaScript callers still send
    expect(() => tidemark.fetch(globalThis.fetch, { retry: { maxRetries: 2 } })).toThrow('timeoutMilliseconds')
  })

  it('sees streams that are piped, as other SDKs read them', async () => {
    const { tidemark, calls, url } = await provided([
      events([chunk({ content: '{"a"' }), chunk({ content: ':1}' }, { finish_reason: 'stop' })]),
    ])
    const { body } = await tidemark.fetch()(url, POST)
    const texts: string[] = []
    for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) texts.push(text)
    expect(texts.join('')).toContain('[DONE]')
    expect(calls().map(({ attributes }) => attributes['tidemark.output.shape'])).toEqual(['json'])
  })

  it('under an instrumented client counts a call once', async () => {
    const { provider, tidemark, calls } = await provided([answer])
    const client = tidemark.instrument(new OpenAI({ apiKey: 'x', baseURL: provider.url, fetch: tidemark.fetch() }))
    await client.chat.completions.create({ model: 'gpt-4o', messages: [] })
    expect(calls()).toHaveLength(1)
  })

  it.for([
    ['another endpoint', '/files', POST],
    ['another method', '/chat/completions', { method: 'GET' }],
    ['a body that is no JSON', '/chat/completions', { method: 'POST', body: 'hello' }],
    ['a body that is no text', '/chat/completions', { method: 'POST', body: new Blob(['{}']) }],
  ] as const)('passes %s through untouched', async ([, path, init], { expect }) => {
    const { provider, tidemark, calls } = await provided([json(200, { ok: true })])
    const response = await tidemark.fetch()(`${provider.url}${path}`, init)
    expect(Object.getOwnPropertyNames(response)).toEqual([])
    expect(await response.json()).toEqual({ ok: true })
    expect(calls()).toEqual([])
  })

  it('ends a call whose answer cannot be put together, and the application reads on', async () => {
    const { tidemark, calls, sink, outcomes, url } = await provided([answer])
    const words = new ReadableStream({
      start(controller) {
        controller.enqueue('words, not bytes')
        controller.close()
      },
    })
    const headers = { 'content-type': 'text/event-stream' }
    const observed = tidemark.fetch(async () => new Response(words, { headers }), {
      retry: { maxRetries: 1, timeoutMilliseconds: 5000 },
    })
    const { body } = await observed(url, POST)
    const reader = body?.getReader()
    expect(await reader?.read()).toEqual({ done: false, value: 'words, not bytes' })
    expect(await reader?.read()).toEqual({ done: true, value: undefined })
    expect(calls()).toHaveLength(1)
    expect(await outcomes()).toEqual({ success: 1 })
    const dropped = await sink.points('tidemark.telemetry.dropped')
    expect(dropped.find(({ attributes }) => attributes['signal'] === 'traces')?.value).toBe(1)
  })

  it('records a transport that brings responses of its own', async () => {
    const { tidemark, calls, url } = await provided([answer])
    const foreign = {
      ok: true,
      status: 200,
      headers: new Headers({ 'content-type': 'application/json' }),
      body: { pipe: () => undefined },
      text: async () => JSON.stringify(completion('x')),
    }
    // @ts-expect-error: a stand-in for the Response of another library
    const observed = tidemark.fetch(async () => foreign)
    expect(await (await observed(url, POST)).text()).toBe(JSON.stringify(completion('x')))
    expect(calls().map(({ attributes }) => attributes['tidemark.output.shape'])).toEqual(['prose'])
  })
})

class GatewayClient extends OpenAI {
  override buildURL(): string {
    return `${this.baseURL}/gateway`
  }
}

class BytesClient extends OpenAI {
  protected override prepareRequest(request: RequestInit): Promise<void> {
    if (typeof request.body === 'string') request.body = new TextEncoder().encode(request.body)
    return Promise.resolve()
  }
}

describe('an instrumented client', () => {
  const ask = { model: 'gpt-4o', messages: [] }

  it('with retry: false keeps its own retries, and each attempt of the one call is seen', async () => {
    const { provider, tidemark, calls, outcomes } = await provided([json(503, {}, { 'retry-after-ms': '1' }), answer], {
      retry: false,
    })
    const client = tidemark.instrument(new OpenAI({ apiKey: 'x', baseURL: provider.url, logLevel: 'off' }))
    await client.chat.completions.create(ask)
    expect(provider.requests.map(({ headers }) => headers['x-stainless-retry-count'])).toEqual(['0', '1'])
    expect(calls().map(({ attributes }) => attributes['tidemark.attempt.count'])).toEqual([2])
    expect(await outcomes()).toEqual({ retried: 1, success: 1 })
  })

  it('with retry: false ends its span with the last failure', async () => {
    const { provider, tidemark, calls, outcomes } = await provided([json(503, {}, { 'retry-after-ms': '1' })], {
      retry: false,
    })
    const client = tidemark.instrument(new OpenAI({ apiKey: 'x', baseURL: provider.url, logLevel: 'off' }))
    await expect(client.chat.completions.create(ask)).rejects.toThrow('503')
    expect(calls().map(({ attributes }) => attributes['error.type'])).toEqual(['503'])
    expect(await outcomes()).toEqual({ retried: 2, exhausted: 1 })
  })

  it.for([
    ['headers', hang],
    ['a body', hangInBody],
  ] as const)('that hangs in %s ends at its deadline with the error of a time-out', async ([, hanging], { expect }) => {
    const { provider, tidemark, calls, sink, outcomes } = await provided([hanging], {
      retry: { baseMilliseconds: 1, deadlineMilliseconds: 100 },
    })
    const client = tidemark.instrument(new OpenAI({ apiKey: 'x', baseURL: provider.url, logLevel: 'off' }))
    const bare = new OpenAI({ apiKey: 'x', baseURL: provider.url, timeout: 100, maxRetries: 0, logLevel: 'off' })
    const began = performance.now()
    const errors = await Promise.all([client, bare].map((one) => one.chat.completions.create(ask).catch(String)))
    // the client's own time-out is ten minutes
    expect(performance.now() - began).toBeLessThan(5000)
    expect(errors[0]).toBe(errors[1])
    expect(errors[0]).toContain('timed out')
    await expect(client.chat.completions.create(ask)).rejects.toBeInstanceOf(APIConnectionTimeoutError)
    expect(calls().map(({ attributes }) => attributes['error.type'])).toEqual(['timeout', 'timeout'])
    expect(sink.spans('tidemark.attempt').map(({ attributes }) => attributes['tidemark.attempt.outcome'])).toEqual([
      'deadline',
      'deadline',
    ])
    expect(await outcomes()).toEqual({ deadline: 2 })
  })

  it.for([
    ['a path that is not known', GatewayClient],
    ['a body in bytes', BytesClient],
  ] as const)('keeps its number of attempts with %s', async ([, Client], { expect }) => {
    const requests = await Promise.all(
      [true, false].map(async (isInstrumented) => {
        const { provider, tidemark } = await provided([json(503, {}, { 'retry-after-ms': '1' })])
        const bare = new Client({ apiKey: 'x', baseURL: provider.url, maxRetries: 2, logLevel: 'off' })
        const client = isInstrumented ? tidemark.instrument(bare) : bare
        await expect(client.chat.completions.create(ask)).rejects.toThrow('503')
        return provider.requests.map(({ path, body, headers }) => [path, body, headers['x-stainless-timeout']])
      }),
    )
    expect(requests[0]).toHaveLength(3)
    expect(requests[0]).toEqual(requests[1])
  })

  it('of Azure is Azure behind every gateway', async () => {
    const { provider, tidemark, calls } = await provided([answer])
    const client = tidemark.instrument(
      new AzureOpenAI({ apiKey: 'x', endpoint: provider.url, apiVersion: '2026-01-01', deployment: 'prod' }),
    )
    await client.chat.completions.create(ask)
    expect(provider.requests[0]?.path).toContain('/openai/deployments/prod/chat/completions?api-version=2026-01-01')
    expect(calls()[0]?.attributes).toMatchObject({ 'gen_ai.provider.name': 'azure.ai.openai' })
  })

  it('leaves the client it was made of as it was', async () => {
    const { provider, tidemark, calls } = await provided([answer])
    const original = new OpenAI({ apiKey: 'x', baseURL: provider.url })
    const client = tidemark.instrument(original)
    expect(client).not.toBe(original)
    expect(client).toBeInstanceOf(OpenAI)
    expect(Object.keys(client)).toEqual(Object.keys(original))
    await original.chat.completions.create(ask)
    expect(calls()).toEqual([])
    expect(tidemark.instrument(client)).toBe(client)
  })

  it('keeps its retries when the tracer is broken, and the trouble is counted', async () => {
    const broken = {
      getTracer: () => ({
        startSpan: () => {
          throw new Error('tracer is broken')
        },
        startActiveSpan: () => undefined,
      }),
    }
    const { provider, tidemark, sink } = await provided([json(503, {}), answer], { tracerProvider: broken })
    const client = tidemark.instrument(new OpenAI({ apiKey: 'x', baseURL: provider.url }))
    expect((await client.chat.completions.create(ask)).id).toBe('chatcmpl-1')
    expect(provider.requests).toHaveLength(2)
    const dropped = await sink.points('tidemark.telemetry.dropped')
    expect(dropped.find(({ attributes }) => attributes['signal'] === 'traces')?.value).toBe(1)
  })

  it('refuses what is no client and says what to do', async () => {
    const { tidemark } = await provided([answer])
    // @ts-expect-error: what types forbid, JavaScript callers still send
    expect(() => tidemark.instrument({})).toThrow(expect.objectContaining({ code: 'client_unsupported' }))
  })
})
