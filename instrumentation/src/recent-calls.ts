import { AsyncLocalStorage } from 'node:async_hooks'
import type { SpanContext } from './telemetry.ts'

/** How many answered calls are remembered so that a validation finds the call it judges. */
const MAXIMUM_CALLS = 1000

/** The calls a validation or a decision may be about. */
export interface RecentCalls {
  began(call: SpanContext): void
  answered(responseId: string, call: SpanContext): void
  /** The call that gave this answer, else the last call of the decision in progress. */
  find(responseId: string | undefined): SpanContext | undefined
  /** Runs a decision: calls begun inside are its own. */
  follow<Result>(fn: () => Promise<Result>): Promise<Result>
}

export function createRecentCalls(): RecentCalls {
  const byResponse = new Map<string, SpanContext>()
  const trail = new AsyncLocalStorage<{ last: SpanContext | undefined }>()
  return {
    began(call) {
      const decision = trail.getStore()
      if (decision !== undefined) decision.last = call
    },
    answered(responseId, call) {
      byResponse.set(responseId, call)
      const oldest = byResponse.keys().next().value
      if (byResponse.size > MAXIMUM_CALLS && oldest !== undefined) byResponse.delete(oldest)
    },
    find(responseId) {
      const known = responseId === undefined ? undefined : byResponse.get(responseId)
      return known ?? trail.getStore()?.last
    },
    follow: (fn) => trail.run({ last: undefined }, fn),
  }
}
