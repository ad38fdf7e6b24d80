import type { AddressInfo } from 'node:net'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOpenAIServer } from '../../src/demo/openai-server.ts'

const server = createOpenAIServer({
  models: ['one', 'two'],
  answer: ({ body }) =>
    body['model'] === 'unknown'
      ? { kind: 'failure', status: 404, message: 'no such model' }
      : {
          kind: 'answer',
          model: 'two',
          content: null,
          toolCalls: [{ name: 'f', arguments: '{"a":' }],
          finishReason: 'tool_calls',
          usage: { inputTokens: 3, outputTokens: 4 },
          latencySeconds: 1.5,
        },
})
let url = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address: AddressInfo | string | null = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server has no address')
  url = `http://127.0.0.1:${address.port}`
})

afterAll(() => {
  server.close()
  server.closeAllConnections()
})

const post = (path: string, body: string): Promise<Response> => fetch(`${url}${path}`, { method: 'POST', body })

test('the openai client reads its answers, tool calls and usage included', async () => {
  const client = new OpenAI({ apiKey: 'none', baseURL: `${url}/v1`, maxRetries: 0 })
  const { data, response } = await client.chat.completions
    .create({ model: 'alias', messages: [{ role: 'user', content: 'hi' }] })
    .withResponse()
  expect(data.model).toBe('two')
  expect(data.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { content: null, tool_calls: [{ function: { name: 'f', arguments: '{"a":' } }] },
  })
  expect(data.usage?.total_tokens).toBe(7)
  expect(response.headers.get('x-recorded-latency-seconds')).toBe('1.5')
})

test('the openai client reads its errors', async () => {
  const client = new OpenAI({ apiKey: 'none', baseURL: `${url}/v1`, maxRetries: 0 })
  await expect(client.chat.completions.create({ model: 'unknown', messages: [] })).rejects.toThrow('404 no such model')
})

test('the models are listed', async () => {
  const client = new OpenAI({ apiKey: 'none', baseURL: `${url}/v1`, maxRetries: 0 })
  expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['one', 'two'])
})

test.each([
  ['another path', '/v1/embeddings', '{}', 404],
  ['no JSON', '/v1/chat/completions', '{', 400],
  ['no object', '/v1/chat/completions', '[]', 400],
  ['a stream', '/v1/chat/completions', '{"stream":true}', 400],
  ['a huge body', '/v1/chat/completions', `{"a":"${'x'.repeat(5_000_000)}"}`, 400],
])('%s gets an error in JSON', async (_, path, body, status) => {
  const response = await post(path, body)
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } })
})

test('a method that fits no path is told', async () => {
  const response = await fetch(`${url}/v1/chat/completions`)
  expect(response.status).toBe(405)
})
