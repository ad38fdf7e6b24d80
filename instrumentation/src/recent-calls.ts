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
  // a ring: a map of the same size cost more in collected garbage than all else here, and few answers are looked for
  const answered: { readonly responseId: string; readonly call: SpanContext }[] = []
  let next = 0
  const trail = new AsyncLocalStorage<{ last: SpanContext | undefined }>()
  return {
    began(call) {
      const decision = trail.getStore()
      if (decision !== undefined) decision.last = call
    },
    answered(responseId, call) {
      answered[next] = { responseId, call }
      next = (next + 1) % MAXIMUM_CALLS
    },
    find(responseId) {
      // some providers give an id twice: the newest counts
      const inOrder = [...answered.slice(next), ...answered.slice(0, next)]
      const known = responseId === undefined ? undefined : inOrder.findLast((one) => one.responseId === responseId)
      return known?.call ?? trail.getStore()?.last
    },
    follow: (fn) => trail.run({ last: undefined }, fn),
  }
}
