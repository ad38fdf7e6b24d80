import { joinValidations, type EvaluatedCall } from '../scoring/evaluated-call.ts'
import { sampleSlot, type Sample } from '../scoring/sample.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { callsIn, seenConversations, validationsIn, type Window } from '../store/telemetry.ts'

/** A validation may follow its call by this much and still lie in the next window. */
const VALIDATION_LAG_MILLISECONDS = 3_600_000

/** Calls of a window with their validations. */
export async function evaluatedCalls(db: StoreDatabase, agent: string, window: Window): Promise<EvaluatedCall[]> {
  const calls = await callsIn(db, agent, window)
  const validations = await validationsIn(db, agent, {
    from: window.from,
    to: window.to + VALIDATION_LAG_MILLISECONDS,
  })
  return joinValidations(calls, validations)
}

/**
 * The items of a slot. Conversations that began between `watchedSince` and the window were items of the baseline or of an
 * earlier slot, and would not be independent.
 */
export async function collectSample(
  db: StoreDatabase,
  agent: string,
  options: {
    readonly slotAt: number
    readonly window: Window
    readonly size: number
    readonly watchedSince: number
    readonly key: string
  },
): Promise<Sample> {
  const calls = await evaluatedCalls(db, agent, options.window)
  const conversations = [...new Set(calls.map(({ call }) => call.conversationId).filter((id) => id !== null))]
  const seen = await seenConversations(db, agent, conversations, {
    from: options.watchedSince,
    to: options.window.from,
  })
  return sampleSlot(calls, { slotAt: options.slotAt, size: options.size, seenConversations: seen, key: options.key })
}
