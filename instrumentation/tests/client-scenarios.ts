import type OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import {
  type Answer,
  chunk,
  completion,
  events,
  hang,
  hangInBody,
  hangInErrorBody,
  hangInThrottledBody,
  json,
  reset,
  resetInBody,
  resetInErrorBody,
} from './loopback-provider.ts'

const QUESTION: OpenAI.ChatCompletionCreateParamsNonStreaming = {
  model: 'gpt-4o',
  messages: [{ role: 'user', content: 'How are you?' }],
}

const chat = (client: OpenAI) => client.chat.completions.create(QUESTION)
const answer = json(200, completion('Fine.'), { 'x-request-id': 'req_1' })
const quick = { timeout: 500 }
const triage = z.object({ category: z.string() })
const parseTriage = (client: OpenAI) =>
  client.chat.completions.parse({ ...QUESTION, response_format: zodResponseFormat(triage, 'triage') })
const streamed = events([
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'Fine' }),
  chunk({ content: '.' }, { finish_reason: 'stop' }),
  { ...chunk({}), choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } },
])
const askStream = (client: OpenAI) => client.chat.completions.create({ ...QUESTION, stream: true })
const collect = async <Item>(stream: AsyncIterable<Item>): Promise<Item[]> => {
  const items: Item[] = []
  for await (const item of stream) items.push(item)
  return items
}

/** Name, answers, use, and options of the client. Each runs with the bare and the instrumented client. */
export type Scenario = readonly [
  name: string,
  answers: readonly Answer[],
  use: (client: OpenAI) => Promise<unknown>,
  clientOptions?: object,
]

export const SCENARIOS: readonly Scenario[] = [
  ['200', [answer], chat],
  [
    '400',
    [json(400, { error: { message: 'too long', type: 'invalid_request_error', code: 'context_length_exceeded' } })],
    chat,
  ],
  ['401', [json(401, { error: { message: 'no' } })], chat],
  ['error body that is no JSON', [(response) => response.writeHead(502).end('bad gateway')], chat],
  ['408, then 200', [json(408, {}), answer], chat],
  ['409, then 200', [json(409, {}), answer], chat],
  ['429, then 200', [json(429, { error: { code: 'rate_limit_exceeded' } }, { 'retry-after-ms': '1' }), answer], chat],
  [
    '429 for ever',
    [json(429, { error: { message: 'slow down', code: 'rate_limit_exceeded' } }, { 'retry-after-ms': '1' })],
    chat,
  ],
  ['503 for ever', [json(503, { error: { message: 'down' } }, { 'x-request-id': 'req_503' })], chat],
  ['x-should-retry: false on a 503', [json(503, {}, { 'x-should-retry': 'false' })], chat],
  ['x-should-retry: true on a 400', [json(400, {}, { 'x-should-retry': 'true' }), answer], chat],
  ['reset, then 200', [reset, answer], chat],
  ['reset for ever', [reset], chat],
  ['reset in the body', [resetInBody], chat],
  ['hang before headers, then 200', [hang, answer], chat, quick],
  ['hang before headers for ever', [hang], chat, quick],
  ['hang in the body, then 200', [hangInBody, answer], chat, quick],
  ['hang in the body for ever', [hangInBody], chat, quick],
  ['hang in the body, then 503', [hangInBody, json(503, { error: { message: 'down' } })], chat, quick],
  ['hang in the body, then reset', [hangInBody, reset], chat, quick],
  [
    'hang in the body: request id of the attempt that answered',
    [hangInBody, answer],
    async (client) => {
      const { data, response, request_id } = await chat(client).withResponse()
      return [data, Reflect.get(data, '_request_id'), response.status, response.headers.get('x-request-id'), request_id]
    },
    quick,
  ],
  ['no retries wanted', [json(503, {})], chat, { maxRetries: 0 }],
  [
    'options of the call win',
    [json(503, {}, { 'retry-after-ms': '1' })],
    (client) => client.chat.completions.create(QUESTION, { maxRetries: 2, timeout: 9000 }),
  ],
  [
    "an invalid timeout is the client's to refuse",
    [answer],
    (client) => client.chat.completions.create(QUESTION, { timeout: -5 }),
  ],
  ['an empty 200', [(response) => response.writeHead(200, { 'content-type': 'application/json' }).end()], chat],
  [
    'an empty 200 with its length',
    [(response) => response.writeHead(200, { 'content-type': 'application/json', 'content-length': 0 }).end()],
    chat,
  ],
  [
    'a 200 that is no JSON',
    [(response) => response.writeHead(200, { 'content-type': 'application/json' }).end('<html>')],
    chat,
  ],
  [
    'a 200 of another type',
    [(response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('hello')],
    chat,
  ],
  [
    'aborted before it begins',
    [answer],
    (client) => client.chat.completions.create(QUESTION, { signal: AbortSignal.abort() }),
  ],
  [
    'aborted while it waits for headers',
    [hang],
    (client) => client.chat.completions.create(QUESTION, { signal: AbortSignal.timeout(50) }),
  ],
  [
    'aborted in the body',
    [hangInBody],
    (client) => client.chat.completions.create(QUESTION, { signal: AbortSignal.timeout(50) }),
  ],
  [
    '400, hang in the body, aborted',
    [hangInErrorBody],
    (client) => client.chat.completions.create(QUESTION, { signal: AbortSignal.timeout(50) }),
  ],
  ['429, hang in the body, then 200', [hangInThrottledBody(1), answer], chat],
  [
    '429, hang in the body, aborted',
    [hangInThrottledBody(5000)],
    (client) => client.chat.completions.create(QUESTION, { signal: AbortSignal.timeout(100) }),
  ],
  [
    '429, hang in the body, aborted, no retries',
    [hangInThrottledBody(5000)],
    (client) => client.chat.completions.create(QUESTION, { signal: AbortSignal.timeout(100), maxRetries: 0 }),
  ],
  ['hang in the body, then 503 with a reset in the body', [hangInBody, resetInErrorBody], chat, quick],
  [
    'aborted between attempts',
    [json(503, {}, { 'retry-after-ms': '5000' })],
    (client) => client.chat.completions.create(QUESTION, { signal: AbortSignal.timeout(50) }),
  ],
  [
    'withResponse',
    [answer],
    async (client) => {
      const { data, response, request_id } = await chat(client).withResponse()
      return [
        data,
        response.status,
        [...response.headers.keys()].toSorted(),
        response.bodyUsed,
        request_id,
        response.url.endsWith('/chat/completions'),
      ]
    },
  ],
  [
    'asResponse, read as JSON',
    [answer],
    async (client) => {
      const response = await chat(client).asResponse()
      return [
        response.bodyUsed,
        response instanceof Response,
        Object.keys(response),
        await response.json(),
        response.bodyUsed,
      ]
    },
  ],
  ['asResponse, read as bytes', [answer], async (client) => (await (await chat(client).asResponse()).bytes()).length],
  [
    'asResponse, read as a stream',
    [answer],
    async (client) => {
      const { body } = await chat(client).asResponse()
      return body === null ? null : Buffer.concat(await collect(body)).toString()
    },
  ],
  [
    'asResponse, piped',
    [answer],
    async (client) => {
      const { body } = await chat(client).asResponse()
      return body === null ? null : collect(body.pipeThrough(new TextDecoderStream()))
    },
  ],
  [
    'asResponse, cloned',
    [answer],
    async (client) => {
      const response = await chat(client).asResponse()
      const copy = response.clone()
      return [await copy.json(), await response.json()]
    },
  ],
  [
    "the promise is the client's own",
    [answer],
    async (client) => {
      const promise = chat(client)
      const seen = [promise.constructor.name, Object.getOwnPropertyNames(promise), Object.keys(client)]
      await promise
      return seen
    },
  ],
  ['parse', [json(200, completion('{"category":"billing"}'))], parseTriage],
  ['parse of an answer that is no JSON', [json(200, completion('I cannot'))], parseTriage],
  ['parse of a wrong structure', [json(200, completion('{"category":1}'))], parseTriage],
  ['parse of a cut answer', [json(200, completion('{"cat', { finish_reason: 'length' }))], parseTriage],
  ['parse of a refusal', [json(200, completion(null, { message: { refusal: 'No.' } }))], parseTriage],
  ['stream', [streamed], async (client) => collect(await askStream(client))],
  ['stream refused, then 200', [json(503, {}), streamed], async (client) => collect(await askStream(client))],
  ['stream, 400', [json(400, { error: { message: 'no' } })], async (client) => collect(await askStream(client))],
  [
    'stream, first two chunks',
    [events([chunk({ content: 'a' }), chunk({ content: 'b' })], 'hang')],
    async (client) => {
      const items: unknown[] = []
      for await (const item of await askStream(client)) if (items.push(item) === 2) break
      return items
    },
  ],
  [
    'stream, an error of the provider in the middle',
    [events([chunk({ content: 'a' }), { error: { message: 'overloaded', code: 'server_error' } }], 'close')],
    async (client) => collect(await askStream(client)),
  ],
  [
    'stream, reset in the middle',
    [events([chunk({ content: 'a' })], 'reset')],
    async (client) => collect(await askStream(client)),
  ],
  [
    'stream, ended without [DONE]',
    [events([chunk({ content: 'a' })], 'close')],
    async (client) => collect(await askStream(client)),
  ],
  [
    'stream, split in two',
    [streamed],
    async (client) => {
      const [left, right] = (await askStream(client)).tee()
      return Promise.all([collect(left), collect(right)])
    },
  ],
  [
    'stream, as a readable stream',
    [streamed],
    async (client) => {
      const lines = (await askStream(client)).toReadableStream()
      return Buffer.concat(await collect(lines)).toString()
    },
  ],
  [
    'stream, its response',
    [streamed],
    async (client) => {
      const { data, response } = await askStream(client).withResponse()
      return [response.headers.get('content-type'), typeof data.controller.abort, await collect(data)]
    },
  ],
  [
    'stream helper',
    [streamed],
    async (client) => {
      const stream = client.chat.completions.stream({ model: QUESTION.model, messages: QUESTION.messages })
      return [await stream.finalContent(), await stream.totalUsage()]
    },
  ],
  [
    'runTools',
    [
      json(
        200,
        completion(null, {
          finish_reason: 'tool_calls',
          message: { tool_calls: [{ id: 'c1', type: 'function', function: { name: 'now', arguments: '{}' } }] },
        }),
      ),
      json(200, completion('It is noon.')),
    ],
    async (client) => {
      const run = client.chat.completions.runTools({
        ...QUESTION,
        tools: [
          {
            type: 'function',
            function: {
              name: 'now',
              description: 'the time',
              parameters: { type: 'object', properties: {} },
              function: () => 'noon',
              parse: JSON.parse,
            },
          },
        ],
      })
      return run.finalContent()
    },
  ],
  [
    'responses',
    [json(200, RESPONSE())],
    (client) => client.responses.create({ model: 'gpt-4o', input: 'How are you?' }),
  ],
  [
    'responses, streamed',
    [
      events(
        [
          { type: 'response.created', response: RESPONSE() },
          { type: 'response.completed', response: RESPONSE() },
        ],
        'close',
      ),
    ],
    async (client) => collect(await client.responses.create({ model: 'gpt-4o', input: 'hi', stream: true })),
  ],
  [
    'embeddings',
    [
      json(200, {
        object: 'list',
        model: 'text-embedding-3-small',
        data: [
          { object: 'embedding', index: 0, embedding: Buffer.from(new Float32Array([1, 2]).buffer).toString('base64') },
        ],
        usage: { prompt_tokens: 2, total_tokens: 2 },
      }),
    ],
    (client) => client.embeddings.create({ model: 'text-embedding-3-small', input: 'hi' }),
  ],
  [
    'an endpoint that is not covered',
    [json(200, { object: 'list', data: [{ id: 'm', object: 'model' }] })],
    async (client) => (await client.models.list()).data,
  ],
  [
    'a copy with other options',
    [json(503, {}, { 'retry-after-ms': '1' }), answer],
    (client) => chat(client.withOptions({ maxRetries: 3 })),
  ],
  ['a raw post', [answer], (client) => client.post('/chat/completions', { body: QUESTION })],
]

function RESPONSE(): object {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'gpt-4o-2024-08-06',
    output: [
      {
        type: 'message',
        id: 'm',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Fine.', annotations: [] }],
      },
    ],
    usage: {
      input_tokens: 5,
      output_tokens: 2,
      total_tokens: 7,
      input_tokens_details: { cached_tokens: 1 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
  }
}
