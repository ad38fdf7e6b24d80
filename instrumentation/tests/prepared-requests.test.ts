import { createHmac } from 'node:crypto'
import OpenAI from 'openai'
import { vertex } from 'openai/providers/vertex'
import { describe, it } from 'vitest'
import { textOf } from '../src/untyped.ts'
import { setting } from './client-setting.ts'
import {
  type Answer,
  chunk,
  completion,
  events,
  hang,
  hangInBody,
  json,
  type SeenRequest,
} from './loopback-provider.ts'

const ask = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'hi' }] }
const busy = json(503, {}, { 'retry-after-ms': '1' })
const answer = json(200, completion('Fine.'))

/** As AWS signs: the headers, the number of the attempt and the time-out among them, and the body. */
function signatureOf(header: (name: string) => string, body: string): string {
  const signed = ['x-stainless-retry-count', 'x-stainless-timeout', 'content-type'].map(header)
  return createHmac('sha256', 'secret')
    .update([...signed, body].join('\n'))
    .digest('hex')
}

class SigningClient extends OpenAI {
  protected override prepareRequest(request: RequestInit): Promise<void> {
    const headers = new Headers(request.headers)
    headers.set(
      'x-signature',
      signatureOf((name) => headers.get(name) ?? '', textOf(request.body) ?? ''),
    )
    request.headers = headers
    return Promise.resolve()
  }
}

function hasSignature({ headers, body }: SeenRequest): boolean {
  return headers['x-signature'] === signatureOf((name) => String(headers[name] ?? ''), body)
}

/** Refuses what is not signed as it came. */
function ifSigned(then: Answer): Answer {
  return (response, request) =>
    (hasSignature(request) ? then : json(403, { error: { message: 'signature' } }))(response, request)
}

/** Its bodies are gone once they are sent. */
class StreamingClient extends OpenAI {
  protected override prepareRequest(request: RequestInit): Promise<void> {
    request.body = new Blob([textOf(request.body) ?? '']).stream()
    return Promise.resolve()
  }
}

describe('a client that prepares each request', () => {
  it('and signs it is understood by its provider, at every attempt', async (test) => {
    const { client, provider, sink } = await setting(test, [busy, busy, answer].map(ifSigned), {
      Client: SigningClient,
      clientOptions: { maxRetries: 2, timeout: 30_000 },
    })
    test.expect((await client.chat.completions.create(ask)).id).toBe('chatcmpl-1')
    test.expect(provider.requests.map(({ headers }) => headers['x-stainless-retry-count'])).toEqual(['0', '1', '2'])
    test.expect(sink.spans('chat gpt-4o').map(({ attributes }) => attributes['tidemark.attempt.count'])).toEqual([3])
  })

  it('and sends a body that can be sent once keeps its retries', async (test) => {
    const [ours, bare] = await Promise.all(
      [true, false].map(async (isInstrumented) => {
        const { client, provider } = await setting(test, [busy, answer], { isInstrumented, Client: StreamingClient })
        return [await client.chat.completions.create(ask), provider.requests.map(({ body }) => body)]
      }),
    )
    test.expect(ours).toEqual(bare)
    test.expect(ours?.[1]).toHaveLength(2)
  })

  it('and takes the place of another by withOptions, as Vertex does, gets a token for every attempt', async (test) => {
    let tokens = 0
    const { client, provider, sink } = await setting(test, [busy, answer])
    const google = client.withOptions({
      apiKey: undefined,
      provider: vertex({ baseURL: provider.url, tokenProvider: async () => `token-${++tokens}` }),
    })
    test.expect((await google.chat.completions.create(ask)).id).toBe('chatcmpl-1')
    test
      .expect(provider.requests.map(({ headers }) => headers.authorization))
      .toEqual(['Bearer token-1', 'Bearer token-2'])
    test.expect(sink.spans('chat gpt-4o')).toHaveLength(1)
  })
})

/** Its paths are those of no endpoint that is covered. */
class GatewayClient extends OpenAI {
  override buildURL(): string {
    return `${this.baseURL}/gateway`
  }
}

describe('a call that is not recorded', () => {
  it('ends its stream with the application, so that the provider may stop', async (test) => {
    const { client, provider, sink } = await setting(test, [events([chunk({ content: 'a' })], 'hang')], {
      Client: GatewayClient,
    })
    for await (const _ of await client.chat.completions.create({ ...ask, stream: true })) break
    await test.expect.poll(() => provider.closedEarly(), { interval: 10, timeout: 5000 }).toBe(1)
    test.expect(sink.spans()).toEqual([])
  })

  it('is asked for again where its body hangs, as without us', async (test) => {
    const { client, provider } = await setting(test, [hangInBody, answer], {
      Client: GatewayClient,
      clientOptions: { timeout: 300 },
    })
    test.expect((await client.chat.completions.create(ask)).id).toBe('chatcmpl-1')
    test.expect(provider.requests).toHaveLength(2)
  })
})

describe('with retry: false one call is one span', () => {
  const clientOptions = { timeout: 300 }
  const options = { retry: false as const }

  it.for([
    ['headers', hang],
    ['a body', hangInBody],
  ] as const)('also where the client asks again after a hang in %s', async ([, hanging], test) => {
    const { client, sink } = await setting(test, [hanging, answer], { clientOptions, options })
    test.expect((await client.chat.completions.create(ask)).id).toBe('chatcmpl-1')
    test
      .expect(
        sink
          .spans('chat gpt-4o')
          .map(({ attributes }) => [attributes['error.type'], attributes['tidemark.attempt.count']]),
      )
      .toEqual([[undefined, 2]])
    test
      .expect(
        sink
          .spans('tidemark.attempt')
          .map(({ attributes }) => [attributes['error.type'], attributes['tidemark.attempt.outcome']]),
      )
      .toEqual([['timeout', 'retried']])
  })

  it.for([
    ['headers', hang],
    ['a body', hangInBody],
  ] as const)('and has failed by its time where every attempt hangs in %s', async ([, hanging], test) => {
    const { client, sink } = await setting(test, [hanging], { clientOptions, options })
    await test.expect(client.chat.completions.create(ask)).rejects.toThrow('timed out')
    test
      .expect(
        sink
          .spans('chat gpt-4o')
          .map(({ attributes }) => [attributes['error.type'], attributes['tidemark.attempt.count']]),
      )
      .toEqual([['timeout', 2]])
    test
      .expect(sink.spans('tidemark.attempt').map(({ attributes }) => attributes['tidemark.attempt.outcome']))
      .toEqual(['retried', 'exhausted'])
  })
})
