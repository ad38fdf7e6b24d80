import type OpenAI from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import type { Scenario } from './client-scenarios.ts'
import { chunk, events, json } from './loopback-provider.ts'

const QUESTION = { model: 'gpt-4o', input: 'How are you?' }
const mood = z.object({ mood: z.string() })

function response(text: string, status = 'completed'): object {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status,
    model: 'gpt-4o-2024-08-06',
    output:
      text === ''
        ? []
        : [
            {
              type: 'message',
              id: 'm',
              role: 'assistant',
              status: 'completed',
              content: [{ type: 'output_text', text, annotations: [] }],
            },
          ],
    usage: { input_tokens: 5, output_tokens: 2, total_tokens: 7 },
  }
}

/** As the Responses API streams a text: item, part, words, and all of them once more as a whole. */
function streamed(words: readonly string[], end: Parameters<typeof events>[1] = 'close') {
  const at = { item_id: 'm', output_index: 0, content_index: 0 }
  const part = (text: string) => ({ type: 'output_text', text, annotations: [] })
  const item = { type: 'message', id: 'm', role: 'assistant', status: 'in_progress', content: [] }
  const begin = [
    { type: 'response.created', response: response('', 'in_progress') },
    { type: 'response.output_item.added', output_index: 0, item },
    { type: 'response.content_part.added', ...at, part: part('') },
    ...words.map((delta) => ({ type: 'response.output_text.delta', ...at, delta })),
  ]
  const text = words.join('')
  const rest = [
    { type: 'response.output_text.done', ...at, text },
    { type: 'response.completed', response: response(text) },
  ]
  const all = end === 'close' ? [...begin, ...rest] : begin
  return events(
    all.map((event, number) => ({ ...event, sequence_number: number })),
    end,
  )
}

const parseMood = (client: OpenAI) =>
  client.responses.parse({ ...QUESTION, text: { format: zodTextFormat(mood, 'mood') } })

/** Helpers of the client that are built on its `create`. */
export const HELPER_SCENARIOS: readonly Scenario[] = [
  [
    'responses.parse',
    [json(200, response('{"mood":"fine"}'))],
    async (client) => (await parseMood(client)).output_parsed,
  ],
  ['responses.parse of an answer that is no JSON', [json(200, response('fine'))], parseMood],
  [
    'responses.parse, 503, then an answer',
    [json(503, {}, { 'retry-after-ms': '1' }), json(200, response('{"mood":"fine"}'))],
    parseMood,
  ],
  [
    'responses.stream',
    [streamed(['{"mood"', ':"fine"}'])],
    async (client) => {
      const stream = client.responses.stream({ ...QUESTION, text: { format: zodTextFormat(mood, 'mood') } })
      const types: string[] = []
      for await (const { type } of stream) types.push(type)
      return [types, (await stream.finalResponse()).output_parsed]
    },
  ],
  [
    'responses.stream, left after the first words',
    [streamed(['a', 'b'], 'hang')],
    async (client) => {
      const types: string[] = []
      for await (const { type } of client.responses.stream(QUESTION)) {
        types.push(type)
        if (type === 'response.output_text.delta') break
      }
      return types
    },
  ],
  [
    'stream helper, aborted by its own method',
    [events([chunk({ role: 'assistant', content: 'a' })], 'hang')],
    async (client) => {
      const stream = client.chat.completions.stream({ model: 'gpt-4o', messages: [] })
      stream.on('content', () => stream.abort())
      return stream.finalContent()
    },
  ],
  [
    'stream helper, reset in the middle',
    [events([chunk({ role: 'assistant', content: 'a' })], 'reset')],
    (client) => client.chat.completions.stream({ model: 'gpt-4o', messages: [] }).finalContent(),
  ],
  [
    'embeddings as numbers',
    [
      json(200, {
        object: 'list',
        model: 'm',
        data: [{ object: 'embedding', index: 0, embedding: [1, 2] }],
        usage: {},
      }),
    ],
    (client) => client.embeddings.create({ model: 'm', input: ['a', 'b'], encoding_format: 'float' }),
  ],
]
