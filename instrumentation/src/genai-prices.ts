import type { PriceFunction } from './options.ts'

/** `calcPrice` of `@pydantic/genai-prices`, as far as it is used: input tokens include the cached ones, null is an unknown model. */
export type CalcPrice = (
  usage: { readonly input_tokens: number; readonly output_tokens: number; readonly cache_read_tokens: number },
  model: string,
  options: { readonly providerId: string },
) => { readonly total_price: number } | null

/** That package's names of the providers whose name in the convention is another one. */
const PROVIDER_IDS: Readonly<Record<string, string>> = {
  'aws.bedrock': 'aws',
  'azure.ai.openai': 'azure',
  'gcp.vertex_ai': 'google',
  mistral_ai: 'mistral',
  moonshot_ai: 'moonshotai',
  x_ai: 'x-ai',
}

/**
 * The option `price` from the price list of `@pydantic/genai-prices`: `price: genaiPrices(calcPrice)`. US dollars; a model
 * the list does not know has no price.
 */
export function genaiPrices(calcPrice: CalcPrice): PriceFunction {
  return ({ provider, model, inputTokens, outputTokens, cacheReadInputTokens }) =>
    calcPrice(
      { input_tokens: inputTokens, output_tokens: outputTokens, cache_read_tokens: cacheReadInputTokens },
      model,
      {
        providerId: PROVIDER_IDS[provider] ?? provider,
      },
    )?.total_price
}
