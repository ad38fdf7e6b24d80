import { createHash } from 'node:crypto'
import type OpenAI from 'openai'
import { spendDay, type JudgeStore, type Spend } from '../judge/judge-store.ts'
import { missing, type ScoreOutcome } from '../scorer.ts'

/** Vectors of texts, from the cache where they are known, and never beyond the budget. */
export type EmbeddingService = {
  /** One vector for each text in their order, or why there are none. Never rejects for what the provider does. */
  embed(
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly vectors: readonly Float32Array[] } | ScoreOutcome>
}

export type EmbeddingLimits = {
  readonly model: string
  readonly dailyTokens: number
  /** Infinity without a budget in dollars. */
  readonly dailyUsd: number
  readonly usdPerMillionTokens: number
}

/** Vectors kept, the last used longest: 5,000 of 1,536 numbers take 30 MB. */
const CACHED_VECTORS = 5000

export function createEmbeddingService(
  limits: EmbeddingLimits,
  {
    openai,
    spending,
    clock,
  }: {
    /** A client of `@tidemark/instrumentation`. */
    readonly openai: OpenAI
    readonly spending: Pick<JudgeStore, 'reserve' | 'release'>
    /** Epoch milliseconds. */
    readonly clock: () => number
  },
): EmbeddingService {
  const cache = new Map<string, Float32Array>()

  function known(text: string): Float32Array | undefined {
    const key = embeddingKey(limits.model, text)
    const vector = cache.get(key)
    if (vector === undefined) return undefined
    cache.delete(key)
    cache.set(key, vector)
    return vector
  }

  function keep(text: string, vector: Float32Array): void {
    cache.set(embeddingKey(limits.model, text), vector)
    const [oldest] = cache.keys()
    if (cache.size > CACHED_VECTORS && oldest !== undefined) cache.delete(oldest)
  }

  /** Asks for texts that the cache does not have; null: all are kept now. */
  async function ask(texts: readonly string[], signal: AbortSignal): Promise<ScoreOutcome | null> {
    const day = spendDay(clock())
    // a token is never less than a byte of UTF-8
    const reserved = spendOf(texts.reduce((sum, text) => sum + Buffer.byteLength(text.toWellFormed()), 0))
    const budget = {
      calls: Number.MAX_SAFE_INTEGER,
      tokens: limits.dailyTokens,
      microUsd: Math.floor(limits.dailyUsd * 1e6),
    }
    if (!(await spending.reserve(day, reserved, budget)))
      return missing('budget_spent', `the budget of ${day} is used up`)
    let used = reserved
    try {
      const answer = await openai.embeddings.create(
        { model: limits.model, input: texts.map((text) => text.toWellFormed()), encoding_format: 'float' },
        { signal },
      )
      const tokens: unknown = answer.usage?.total_tokens
      if (typeof tokens === 'number' && Number.isFinite(tokens) && tokens >= 0) used = spendOf(tokens)
      const vectors = vectorsOf(answer, texts.length)
      if (vectors === null) return missing('bad_answer', 'the provider sent no list of vectors of numbers')
      for (const [i, text] of texts.entries()) keep(text, vectors[i]!)
      return null
    } catch (error) {
      return missing(signal.aborted ? 'timed_out' : 'provider_failed', error instanceof Error ? error.message : '')
    } finally {
      await spending.release(day, {
        calls: 0,
        tokens: reserved.tokens - used.tokens,
        microUsd: reserved.microUsd - used.microUsd,
      })
    }
  }

  function spendOf(tokens: number): Spend {
    return { calls: 1, tokens, microUsd: Math.ceil(tokens * limits.usdPerMillionTokens) }
  }

  return {
    async embed(texts, signal) {
      const asked = [...new Set(texts.filter((text) => known(text) === undefined))]
      const failure = asked.length === 0 ? null : await ask(asked, signal)
      if (failure !== null) return failure
      return { vectors: texts.flatMap((text) => known(text) ?? []) }
    },
  }
}

/** Null where the answer is anything but a finite vector for each text. */
function vectorsOf(answer: unknown, count: number): Float32Array[] | null {
  const data: unknown = typeof answer === 'object' && answer !== null && 'data' in answer ? answer.data : null
  if (!Array.isArray(data) || data.length !== count) return null
  const vectors = data.map((entry: unknown) =>
    typeof entry === 'object' && entry !== null && 'embedding' in entry ? vectorOf(entry.embedding) : null,
  )
  return vectors.every((vector) => vector !== null) ? vectors : null
}

function vectorOf(numbers: unknown): Float32Array | null {
  if (!Array.isArray(numbers) || numbers.length === 0) return null
  const isVector = numbers.every((number: unknown) => typeof number === 'number' && Number.isFinite(number))
  return isVector ? Float32Array.from(numbers) : null
}

function embeddingKey(model: string, text: string): string {
  return createHash('sha256').update(`${model}\0${text}`).digest('base64url')
}
