import type { TargetOutcome } from '../target/target.ts'

/** What the answers of a target cost, held against a limit. */
export type Spending = {
  /** No answer so far said what it cost, so that a limit cannot hold. */
  isUnknown(): boolean
  spentUsd(): number
  /** Answers so far. */
  calls(): number
  allowsAnother(): boolean
  begin(): void
  end(outcome: TargetOutcome): void
}

/**
 * Holds the calls under way against the limit at the mean price so far.
 * @param known what was answered before, for which the limit is meant as well
 */
export function createSpending(known: readonly TargetOutcome[], maxSpendUsd: number): Spending {
  let spent = 0
  let priced = 0
  let silent = 0
  let underWay = 0
  const count = (outcome: TargetOutcome): void => {
    if (outcome.kind !== 'answer') return
    if (outcome.answer.costUsd === null) silent += 1
    else {
      priced += 1
      spent += outcome.answer.costUsd
    }
  }
  for (const outcome of known) count(outcome)
  const isUnknown = (): boolean => priced === 0 && silent > 0
  return {
    isUnknown,
    spentUsd: () => spent,
    calls: () => priced + silent,
    allowsAnother() {
      if (maxSpendUsd === Infinity) return true
      const mean = priced === 0 ? 0 : spent / priced
      return !isUnknown() && spent + (underWay + 1) * mean <= maxSpendUsd
    },
    begin() {
      underWay += 1
    },
    end(outcome) {
      underWay -= 1
      count(outcome)
    },
  }
}
