import type { PriceFunction, Usage } from '@tidemark/instrumentation'
import type { JudgeMessage } from './judge-prompt.ts'
import type { Spend } from './judge-store.ts'

/** Tokens of a call as its provider reported them. */
export type CallUsage = {
  readonly model: string
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cachedTokens: number
}

export type JudgePrice = {
  readonly provider: string
  readonly model: string
  readonly price: PriceFunction | undefined
}

/** Beyond its content a message costs a few tokens for its role, and a schema some more. */
const TOKENS_AROUND = 200

/**
 * The most that a number of attempts at one call can use: a token is never less than one byte of UTF-8, and a stalled attempt
 * may be billed as well.
 */
export function worstSpend(
  { provider, model, price }: JudgePrice,
  messages: readonly JudgeMessage[],
  { maximumOutputTokens, attempts }: { readonly maximumOutputTokens: number; readonly attempts: number },
): Spend {
  const bytes = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0)
  const usage = usageOf(provider, {
    model,
    inputTokens: bytes + TOKENS_AROUND,
    outputTokens: maximumOutputTokens,
    cachedTokens: 0,
  })
  return {
    calls: attempts,
    tokens: attempts * (usage.inputTokens + usage.outputTokens),
    microUsd: attempts * inMicroUsd(knownPrice(price, usage) ?? 0),
  }
}

/** What a call used; undefined where the provider reported no usage. */
export function actualSpend({ provider, model, price }: JudgePrice, usage: CallUsage | null): Spend | undefined {
  if (usage === null) return undefined
  // the dated model that answered may be unknown to a list that knows its alias
  const usd = knownPrice(price, usageOf(provider, usage)) ?? knownPrice(price, usageOf(provider, { ...usage, model }))
  return { calls: 1, tokens: usage.inputTokens + usage.outputTokens, microUsd: inMicroUsd(usd ?? 0) }
}

/** Whether the judge's model has a price: only then a budget in dollars can bind it. */
export function hasPrice({ provider, model, price }: JudgePrice): boolean {
  return (
    knownPrice(price, usageOf(provider, { model, inputTokens: 1000, outputTokens: 1000, cachedTokens: 0 })) !==
    undefined
  )
}

function usageOf(provider: string, { model, inputTokens, outputTokens, cachedTokens }: CallUsage): Usage {
  return {
    provider,
    model,
    inputTokens,
    outputTokens,
    cacheReadInputTokens: cachedTokens,
    reasoningOutputTokens: 0,
  }
}

/** A price function is the user's: one that throws or gives no number knows no price. */
function knownPrice(price: PriceFunction | undefined, usage: Usage): number | undefined {
  try {
    const usd = price?.(usage)
    return usd !== undefined && Number.isFinite(usd) && usd >= 0 ? usd : undefined
  } catch {
    return undefined
  }
}

function inMicroUsd(usd: number): number {
  return Math.ceil(usd * 1e6)
}
