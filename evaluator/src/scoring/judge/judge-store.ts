import type { JudgeAnswer } from './judge-answer.ts'

/**
 * What was used or set aside for calls, in whole numbers, so that sums are exact; `microUsd` are millionths of a US dollar, 0
 * where the model has no known price.
 */
export type Spend = { readonly calls: number; readonly tokens: number; readonly microUsd: number }

/** Most that one judge may use in a day (UTC). `microUsd` binds only models with a known price, the others always do. */
export type SpendLimits = Spend

/** A judgement to keep, with what it cost. */
export type StoredJudgement = {
  readonly record: string
  readonly answer: JudgeAnswer
  readonly tokens: number
  readonly usd: number | null
  readonly answeredAt: number
}

/** Where the answers and the spending of one judge of one agent are kept. Every promise resolves after the commit. */
export type JudgeStore = {
  /** The answers known for these records under this version. */
  find(version: string, records: readonly string[]): Promise<ReadonlyMap<string, JudgeAnswer>>
  /** Keeps an answer; an answer that is there already stays. */
  save(version: string, judgement: StoredJudgement): Promise<void>
  /** Sets an amount of the day aside, all or nothing: false when a limit would be passed, also by other processes. */
  reserve(day: string, amount: Spend, limits: SpendLimits): Promise<boolean>
  /** Gives back what was set aside and not used. */
  release(day: string, amount: Spend): Promise<void>
}

/** The day an instant belongs to, in UTC: `2026-03-14`. */
export function spendDay(now: number): string {
  return new Date(now).toISOString().slice(0, 10)
}
