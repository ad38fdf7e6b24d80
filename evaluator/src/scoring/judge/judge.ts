import { randomBytes } from 'node:crypto'
import { missing, readJudgeReply, type JudgeAnswer, type JudgeMissing } from './judge-answer.ts'
import { callJudge, type JudgeCall, type ProviderLimits } from './judge-call.ts'
import type { JudgeClient } from './judge-client.ts'
import type { JudgedPart } from './fence.ts'
import { actualSpend, hasPrice, worstSpend, type JudgePrice } from './judge-price.ts'
import { judgeMessages } from './judge-prompt.ts'
import { spendDay, type JudgeStore, type Spend, type SpendLimits } from './judge-store.ts'
import { judgeVersion, type JudgeVersion } from './judge-version.ts'
import type { Rubric } from './rubric.ts'

/** What a judge is, and how much it may use. */
export type JudgeSettings = {
  readonly rubric: Rubric
  readonly model: string
  /** Null leaves it to the provider: some models accept no other than their own. */
  readonly temperature: number | null
  readonly maximumOutputTokens: number
  /** All parts of a record together, UTF-16 units. Longer ones are missing: a judge of half a text judges another text. */
  readonly maximumCharacters: number
  /** Retries after the first attempt, of failures that pass. */
  readonly retries: number
  readonly limits: SpendLimits
}

/** A record as the judge sees it. `record` is its key in the cache. */
export type JudgeItem = { readonly record: string; readonly parts: readonly JudgedPart[] }

export type Judge = {
  readonly version: JudgeVersion
  readonly store: JudgeStore
  /** Answers one record, from the provider. Never rejects for what the provider does, only for what the store does. */
  ask(item: JudgeItem, signal: AbortSignal): Promise<JudgeAnswer>
}

/** Missing scores that are kept like answers: asking again would cost the same and say the same. */
const KEPT: ReadonlySet<JudgeMissing> = new Set(['cannot_judge', 'refused', 'truncated', 'malformed', 'unknown_choice'])

export function createJudge(
  settings: JudgeSettings,
  {
    client,
    store,
    price,
    clock,
    drawDelimiter = () => randomBytes(16).toString('hex'),
  }: {
    readonly client: JudgeClient
    readonly store: JudgeStore
    /** US dollars of a call, as in the options of `@tidemark/instrumentation`. */
    readonly price: Omit<JudgePrice, 'model'>
    readonly clock: () => number
    readonly drawDelimiter?: () => string
  },
): Judge {
  const version = judgeVersion(settings)
  const priced: JudgePrice = { ...price, model: settings.model }
  const known: ProviderLimits = { structuredOutput: true, completionTokens: true }
  // a budget in dollars cannot bind a model without a price: then calls and tokens do, which always bind
  const limits: SpendLimits = hasPrice(priced) ? settings.limits : { ...settings.limits, microUsd: Infinity }

  return {
    version,
    store,
    async ask({ record, parts }, signal) {
      if (parts.every(({ text }) => text === '')) return missing('no_text', 'the record has no text')
      const characters = parts.reduce((sum, { text }) => sum + text.length, 0)
      if (characters > settings.maximumCharacters)
        return missing('too_long', `${characters} characters, ${settings.maximumCharacters} are sent`)
      const messages = judgeMessages(settings.rubric, parts, drawDelimiter)
      const { maximumOutputTokens } = settings
      const worstOf = (attempts: number): Spend => worstSpend(priced, messages, { maximumOutputTokens, attempts })
      const reserved = worstOf(1 + settings.retries)
      const day = spendDay(clock())
      if (!(await store.reserve(day, reserved, limits))) return missing('budget', `the budget of ${day} is used up`)
      const call = await callJudge(client, { ...settings, messages }, known, signal)
      const spent = spentBy(call, worstOf)
      await store.release(day, difference(reserved, spent))
      if (call.result.kind === 'failed') return missing(call.result.reason, call.result.detail)
      const answer = readJudgeReply(call.result.reply, settings.rubric)
      if (answer.kind === 'scored' || KEPT.has(answer.reason))
        await store.save(version.id, {
          record,
          answer,
          tokens: spent.tokens,
          usd: hasPrice(priced) ? spent.microUsd / 1e6 : null,
          answeredAt: clock(),
        })
      return answer
    },
  }

  /** An answer costs what its provider reports, else the most it can; a lost attempt always the most. */
  function spentBy({ result, lostAttempts }: JudgeCall, worstOf: (attempts: number) => Spend): Spend {
    const lost = worstOf(lostAttempts)
    if (result.kind === 'failed') return { ...lost, calls: Math.max(1, lostAttempts) }
    const answer = actualSpend(priced, result.usage) ?? worstOf(1)
    return {
      calls: lost.calls + answer.calls,
      tokens: lost.tokens + answer.tokens,
      microUsd: lost.microUsd + answer.microUsd,
    }
  }
}

function difference(reserved: Spend, spent: Spend): Spend {
  return {
    calls: reserved.calls - spent.calls,
    tokens: reserved.tokens - spent.tokens,
    microUsd: reserved.microUsd - spent.microUsd,
  }
}
