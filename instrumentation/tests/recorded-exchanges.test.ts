import { isDeepStrictEqual } from 'node:util'
import type { Attributes } from '@opentelemetry/api'
import { APIError, type OpenAI } from 'openai'
import { describe, expect, it } from 'vitest'
import { ATTRIBUTE, TIDEMARK } from '../src/semconv.ts'
import { numberOf } from '../src/untyped.ts'
import { setting } from './client-setting.ts'
import { type Exchange, EXCHANGE_HEADER, recordedExchanges, replay } from './recorded-exchanges.ts'
import { type RecordedFacts, recordedFacts } from './recorded-facts.ts'

const exchanges = recordedExchanges()
const AT_ONCE = 8
type Body = Readonly<Record<string, unknown>>

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** What the application sees of one exchange: every value or chunk in its order, or the error. */
async function seenThrough(client: OpenAI, exchange: Exchange, index: number): Promise<unknown> {
  const body: Body = JSON.parse(exchange.request_body)
  const options = { headers: { [EXCHANGE_HEADER]: String(index) } }
  const resource = resourceOf(client, exchange.api)
  const call: unknown = Reflect.apply(Reflect.get(resource, 'create'), resource, [body, options])
  const items: unknown[] = []
  try {
    const value = await call
    if (!isAsyncIterable(value)) return { value }
    for await (const item of value) items.push(item)
    return { items }
  } catch (error) {
    if (!(error instanceof APIError)) throw error
    const { message, status, code, param, type, requestID } = error
    return { items, error: { className: error.constructor.name, message, status, code, param, type, requestID } }
  }
}

function resourceOf(client: OpenAI, api: string): object {
  if (api === 'chat.completions') return client.chat.completions
  return api === 'responses' ? client.responses : client.embeddings
}

/** All exchanges through one client, a few at a time. */
async function replayed(client: OpenAI, all: readonly Exchange[]): Promise<readonly unknown[]> {
  const seen: unknown[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < all.length; index = next++) {
      const exchange = all[index]
      if (exchange !== undefined) seen[index] = await seenThrough(client, exchange, index)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return seen
}

describe.skipIf(exchanges === undefined)('recorded exchanges of OpenAI-compatible providers', () => {
  const all = exchanges ?? []

  it('reach the application value by value and chunk by chunk as without us', async (test) => {
    const instrumented = await setting(test, [replay(all)], { clientOptions: { maxRetries: 0 } })
    const bare = await setting(test, [replay(all)], { clientOptions: { maxRetries: 0 }, isInstrumented: false })
    const [ours, theirs] = await Promise.all([replayed(instrumented.client, all), replayed(bare.client, all)])
    expect(all.length).toBeGreaterThan(800)
    for (const [index, { id }] of all.entries()) expect(ours[index], id).toEqual(theirs[index])
    const calls = instrumented.sink.spans().filter(({ name }) => !name.startsWith('tidemark.'))
    expect(calls).toHaveLength(all.length)
  })

  it('leave one span each, with the model, tokens, finish reasons and outcome that the bytes tell', async (test) => {
    const { client, sink } = await setting(test, [replay(all)], { clientOptions: { maxRetries: 0 } })
    const wrong: unknown[] = []
    for (const [index, exchange] of all.entries()) {
      const before = sink.spans().length
      await seenThrough(client, exchange, index)
      const spans = sink
        .spans()
        .slice(before)
        .filter(({ name }) => !name.startsWith('tidemark.'))
      expect(spans, exchange.id).toHaveLength(1)
      const seen = spanFacts(spans[0]?.attributes ?? {}, exchange)
      const told = recordedFacts(exchange)
      if (!isDeepStrictEqual(seen, told)) wrong.push({ id: exchange.id, seen, told })
    }
    expect(wrong).toEqual([])
  })
})

/** What a span says, in the words of the recorded facts. */
function spanFacts(attributes: Attributes, { status }: Exchange): RecordedFacts {
  expect(attributes[ATTRIBUTE.httpStatusCode]).toBe(status < 400 ? undefined : status)
  const reasons = attributes[ATTRIBUTE.finishReasons]
  return {
    model: attributes[ATTRIBUTE.responseModel],
    inputTokens: attributes[ATTRIBUTE.inputTokens],
    outputTokens: attributes[ATTRIBUTE.outputTokens],
    finishReasons: Array.isArray(reasons) ? reasons : undefined,
    characters: numberOf(attributes[TIDEMARK.outputCharacters]),
    callsTools: attributes[TIDEMARK.outputShape] === 'tool_calls',
    isGood: attributes[ATTRIBUTE.errorType] === undefined,
  }
}
