import { ATTEMPT_OUTCOMES, type AttemptOutcome } from './semconv.ts'

export interface AttemptCount {
  readonly provider: string
  readonly outcome: AttemptOutcome
  readonly count: number
}

/** Attempts so far, by provider and outcome; every outcome of a provider that is known counts from 0. */
export interface AttemptTally {
  announce(provider: string): void
  count(provider: string, outcome: AttemptOutcome): void
  counts(): readonly AttemptCount[]
}

export function createAttemptTally(): AttemptTally {
  const providers = new Map<string, Record<AttemptOutcome, number>>()
  const announce = (provider: string): Record<AttemptOutcome, number> => {
    const known = providers.get(provider)
    if (known !== undefined) return known
    const zeros = { success: 0, aborted: 0, rejected: 0, deadline: 0, budget: 0, exhausted: 0, retried: 0 }
    providers.set(provider, zeros)
    return zeros
  }
  return {
    announce: (provider) => void announce(provider),
    count(provider, outcome) {
      announce(provider)[outcome]++
    },
    counts: () =>
      [...providers].flatMap(([provider, counts]) =>
        ATTEMPT_OUTCOMES.map((outcome) => ({ provider, outcome, count: counts[outcome] })),
      ),
  }
}
