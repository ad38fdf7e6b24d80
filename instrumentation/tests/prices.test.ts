import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type CalcPrice, genaiPrices } from '../src/genai-prices.ts'
import { setting } from './client-setting.ts'
import { completion, json } from './loopback-provider.ts'
import { scratchInstall } from './npm-scratch.ts'

const folder = scratchInstall({ '@pydantic/genai-prices': '0.1.8' })

function calcPrice(): CalcPrice {
  const loaded: { calcPrice: CalcPrice } = createRequire(join(folder ?? '', 'package.json'))('@pydantic/genai-prices')
  return loaded.calcPrice
}

const usage = { inputTokens: 1000, outputTokens: 100, cacheReadInputTokens: 0, reasoningOutputTokens: 0 }

describe.skipIf(folder === undefined)('the prices of @pydantic/genai-prices', () => {
  it('are known for recorded models of every provider that has a name of its own', () => {
    const price = genaiPrices(calcPrice())
    expect(price({ ...usage, provider: 'openai', model: 'gpt-4o-2024-08-06' })).toBeCloseTo(0.0035, 9)
    for (const [provider, model] of [
      ['aws.bedrock', 'openai.gpt-oss-120b-1:0'],
      ['azure.ai.openai', 'gpt-4o-mini'],
      ['deepseek', 'deepseek-chat'],
      ['gcp.vertex_ai', 'gemini-2.5-flash'],
      ['groq', 'openai/gpt-oss-120b'],
      ['mistral_ai', 'mistral-large-latest'],
      ['moonshot_ai', 'kimi-k2-0905-preview'],
      ['x_ai', 'grok-4'],
    ] as const) {
      expect(price({ ...usage, provider, model }), `${provider} ${model}`).toBeGreaterThan(0)
    }
  })

  it('count cached tokens once, at their own price', () => {
    const price = genaiPrices(calcPrice())
    expect(price({ ...usage, provider: 'openai', model: 'gpt-4o-2024-08-06', cacheReadInputTokens: 400 })).toBeCloseTo(
      0.003,
      9,
    )
  })

  it('become the metric; an unknown model is counted as unknown and has no number', async (test) => {
    const known = json(200, completion('{}'))
    const unknown = json(200, completion('{}', { model: 'a-model-of-tomorrow' }))
    const { client, sink } = await setting(test, [known, unknown], { options: { price: genaiPrices(calcPrice()) } })
    const ask = () => client.chat.completions.create({ model: 'gpt-4o', messages: [] })
    await ask()
    await ask()
    const cost = await sink.points('tidemark.llm.cost.usd')
    expect(cost.map(({ attributes }) => attributes['gen_ai.response.model'])).toEqual(['gpt-4o-2024-08-06'])
    // 20 tokens in, 4 of them cached, 8 out
    expect(cost[0]?.value).toBeCloseTo((16 * 2.5 + 4 * 1.25 + 8 * 10) / 1e6, 12)
    expect((await sink.points('tidemark.llm.cost.unknown')).map(({ value }) => value)).toEqual([1])
  })
})
