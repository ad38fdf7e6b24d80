/** Tokens of a retry, and of one after a 429: throttling says the provider lives. Figures of the AWS SDK's retry mode of 2026. */
const RETRY_COST = 14
const THROTTLED_COST = 5
/** A success without a retry gives back so much. */
const SUCCESS_REFUND = 1

/** A token bucket of one provider: an outage is answered with a bounded number of retries, whatever the number of callers. */
export interface RetryBudget {
  /** True when a retry of this cost could be paid now. */
  affords(cost: number): boolean
  /** Pays for a retry; false, and nothing taken, when it cannot. */
  take(cost: number): boolean
  /** Gives back the cost of the retry that succeeded, or a little for a first attempt that did. */
  refund(cost: number | undefined): void
  readonly tokens: number
}

export function retryCost(failure: { readonly kind: string; readonly status?: number }): number {
  return failure.kind === 'status' && failure.status === 429 ? THROTTLED_COST : RETRY_COST
}

/** `capacity` 0 switches the budget off. */
export function createRetryBudget(capacity: number): RetryBudget {
  let tokens = capacity
  return {
    affords: (cost) => capacity === 0 || tokens >= cost,
    take(cost) {
      if (capacity === 0) return true
      if (tokens < cost) return false
      tokens -= cost
      return true
    },
    refund(cost) {
      tokens = Math.min(capacity, tokens + (cost ?? SUCCESS_REFUND))
    },
    get tokens() {
      return tokens
    },
  }
}

/** Apart for callers that never retry; a key put together for every call would be hashed for every call. */
const budgets = { retrying: new Map<string, RetryBudget>(), never: new Map<string, RetryBudget>() }

/** The budget that all agents of this process share for one provider; the capacity asked for first stays. */
export function sharedRetryBudget(provider: string, capacity: number): RetryBudget {
  const shared = capacity === 0 ? budgets.never : budgets.retrying
  const known = shared.get(provider)
  if (known !== undefined) return known
  const budget = createRetryBudget(capacity)
  shared.set(provider, budget)
  return budget
}
