import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { scorable, scoreOf } from '../../../tests/scorable-records.ts'
import { createJudgeClient, type JudgeStore } from '../judge/index.ts'
import { createEmbeddingService } from './embedding-service.ts'
import { embeddingScorer, embeddingSettings } from './embedding.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

type Reply = (texts: readonly string[]) => { status?: number; body: unknown }

/** A vector of the counts of a, b and c: texts of the same letters are the same. */
const honest: Reply = (texts) => ({
  body: {
    object: 'list',
    model: 'letters',
    usage: { prompt_tokens: 3, total_tokens: 3 },
    data: texts.map((text, index) => ({
      object: 'embedding',
      index,
      embedding: ['a', 'b', 'c'].map((letter) => text.split(letter).length - 1),
    })),
  },
})

async function scorerOn(reply: Reply, settings: Record<string, unknown> = {}) {
  const asked: string[][] = []
  const server: Server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const { input }: { input: string[] } = JSON.parse(body)
      asked.push(input)
      const { status = 200, body: answer } = reply(input)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const client = createJudgeClient(
    { baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'none', timeoutMilliseconds: 2000, retries: 0 },
    { agent: 'test' },
  )
  closing.push(
    () => client.close(),
    () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  )
  const spent = { tokens: 0 }
  const spending: Pick<JudgeStore, 'reserve' | 'release'> = {
    reserve(_, amount, limits) {
      if (spent.tokens + amount.tokens > limits.tokens) return Promise.resolve(false)
      spent.tokens += amount.tokens
      return Promise.resolve(true)
    },
    release(_, amount) {
      spent.tokens -= amount.tokens
      return Promise.resolve()
    },
  }
  const parsed = embeddingSettings.parse({
    name: 'close',
    from: 'embedding',
    to: 'input',
    model: 'letters',
    dailyBudgetTokens: 1000,
    ...settings,
  })
  const service = createEmbeddingService(
    { model: parsed.model, dailyTokens: parsed.dailyBudgetTokens, dailyUsd: Infinity, usdPerMillionTokens: 0 },
    { openai: client.openai, spending, clock: () => 0 },
  )
  return { scorer: embeddingScorer(parsed, service), asked, spent }
}

describe('the cosine of embeddings', () => {
  test('is 1 for the same direction and 0 for none in common', async () => {
    const { scorer } = await scorerOn(honest)
    expect(await scoreOf(scorer, scorable('aab', { input: 'aabaab' }))).toBeCloseTo(1)
    expect(await scoreOf(scorer, scorable('aa', { input: 'cc' }))).toBeCloseTo(0)
    expect(await scoreOf(scorer, scorable('ab', { input: 'bc' }))).toBeCloseTo(0.5)
  })

  test('asks once for a text, and counts the tokens that the provider reports', async () => {
    const { scorer, asked, spent } = await scorerOn(honest)
    await scoreOf(scorer, scorable('ab', { input: 'bc' }))
    await scoreOf(scorer, scorable('ab', { input: 'bc' }))
    await scoreOf(scorer, scorable('ab', { input: 'c' }))
    expect(asked).toEqual([['ab', 'bc'], ['c']])
    expect(spent.tokens).toBe(6)
  })

  test('is missing when the budget of the day is used up, without asking', async () => {
    const { scorer, asked } = await scorerOn(honest, { dailyBudgetTokens: 3 })
    expect(await scoreOf(scorer, scorable('ab', { input: 'bc' }))).toBe('missing: budget_spent')
    expect(asked).toEqual([])
  })

  test.each<[string, Reply, string]>([
    ['fails', () => ({ status: 500, body: { error: { message: 'no' } } }), 'provider_failed'],
    ['sends too few vectors', () => ({ body: { data: [{ embedding: [1] }] } }), 'bad_answer'],
    ['sends vectors of words', () => ({ body: { data: [{ embedding: ['a'] }, { embedding: ['b'] }] } }), 'bad_answer'],
    ['sends zeros', () => ({ body: { data: [{ embedding: [0] }, { embedding: [0] }] } }), 'bad_answer'],
    [
      'sends vectors of two lengths',
      () => ({ body: { data: [{ embedding: [1] }, { embedding: [1, 1] }] } }),
      'bad_answer',
    ],
    ['sends no list', () => ({ body: { data: 'a' } }), 'bad_answer'],
  ])('is missing when the provider %s', async (_, reply, reason) => {
    const { scorer } = await scorerOn(reply)
    expect(await scoreOf(scorer, scorable('ab', { input: 'bc' }))).toBe(`missing: ${reason}`)
  })

  test('of an empty output is 0, and of a text above the limit missing', async () => {
    const { scorer, asked } = await scorerOn(honest, { maximumCharacters: 5 })
    expect(await scoreOf(scorer, scorable('', { input: 'bc' }))).toBe(0)
    expect(await scoreOf(scorer, scorable('aaaaaa', { input: 'bc' }))).toBe('missing: too_large')
    expect(asked).toEqual([])
  })
})
