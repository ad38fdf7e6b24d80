import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { setting } from './client-setting.ts'
import { type Answer, chunk, completion, events, json } from './loopback-provider.ts'
import { scratchInstall } from './npm-scratch.ts'

const folder = scratchInstall({
  '@ai-sdk/openai': '4.0.118',
  '@langchain/core': '1.4.0',
  '@langchain/openai': '1.6.0',
  ai: '7.0.173',
  zod: '4.6.7',
})

/** A package as an ESM application imports it. */
async function imported(name: string): Promise<unknown> {
  const path = createRequire(join(folder ?? '', 'package.json')).resolve(name)
  return import(pathToFileURL(path).href)
}

/** Of the packages' exports, what is used here. */
interface AiProvider {
  createOpenAI: (options: object) => { chat(model: string): object }
}
interface Ai {
  generateText(options: object): Promise<{ text: string }>
  streamText(options: object): { textStream: AsyncIterable<string> }
}
interface LangChain {
  ChatOpenAI: new (options: object) => {
    invoke(prompt: string): Promise<{ content: string }>
    stream(prompt: string): Promise<AsyncIterable<{ content: string }>>
  }
}

type Ask = (fetch: typeof globalThis.fetch, url: string, maxRetries: number) => Promise<string>

const aiSdk =
  (isStream: boolean): Ask =>
  async (fetch, url, maxRetries) => {
    const { createOpenAI } = (await imported('@ai-sdk/openai')) as AiProvider
    const ai = (await imported('ai')) as Ai
    const model = createOpenAI({ apiKey: 'sk-test', baseURL: url, fetch }).chat('gpt-4o')
    const request = { model, prompt: 'Hello', maxRetries, onError: () => undefined }
    if (!isStream) return (await ai.generateText(request)).text
    return joined(ai.streamText(request).textStream)
  }

const langChain =
  (isStream: boolean): Ask =>
  async (fetch, url, maxRetries) => {
    const { ChatOpenAI } = (await imported('@langchain/openai')) as LangChain
    const configuration = { baseURL: url, fetch }
    const model = new ChatOpenAI({ apiKey: 'sk-test', model: 'gpt-4o', maxRetries, configuration })
    if (!isStream) return (await model.invoke('Hello')).content
    return joined(await model.stream('Hello'))
  }

/** The text of a stream; a stream that ends without any has failed. */
async function joined(pieces: AsyncIterable<string | { content: string }>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += typeof piece === 'string' ? piece : piece.content
  if (text === '') throw new Error('the stream was empty')
  return text
}

const plain = json(200, completion('Fine.'))
const streamed = events([
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'Fine' }),
  chunk({ content: '.' }, { finish_reason: 'stop' }),
  { ...chunk({}), choices: [], usage: { prompt_tokens: 20, completion_tokens: 8, total_tokens: 28 } },
])

const CLIENTS: readonly (readonly [string, Ask, Answer])[] = [
  ['the AI SDK', aiSdk(false), plain],
  ['the AI SDK, streamed', aiSdk(true), streamed],
  ['LangChain', langChain(false), plain],
  ['LangChain, streamed', langChain(true), streamed],
]

describe.skipIf(folder === undefined)('through tidemark.fetch', () => {
  it.for(CLIENTS)('%s leaves one span with the tokens of its answer', async ([, ask, answer], test) => {
    const { provider, sink, tidemark } = await setting(test, [answer])
    expect(await ask(tidemark.fetch(), provider.url, 0)).toBe('Fine.')
    expect(sink.spans().map(({ name }) => name)).toEqual(['chat gpt-4o'])
    expect(sink.spans()[0]?.attributes).toMatchObject({
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.usage.input_tokens': 20,
      'gen_ai.usage.output_tokens': 8,
      'gen_ai.response.finish_reasons': ['stop'],
    })
  })

  it.for(CLIENTS)('%s makes as many requests as without us', async ([, ask], test) => {
    const busy = json(503, { error: { message: 'busy' } }, { 'retry-after-ms': '1', 'retry-after': '0' })
    const requests = await Promise.all(
      [true, false].map(async (isObserved) => {
        const { provider, tidemark } = await setting(test, [busy])
        await expect(ask(isObserved ? tidemark.fetch() : fetch, provider.url, 1)).rejects.toThrow()
        return provider.requests.length
      }),
    )
    expect(requests).toEqual([2, 2])
  })
})
