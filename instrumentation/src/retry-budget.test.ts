import { expect, it } from 'vitest'
import { createRetryBudget, retryCost, sharedRetryBudget } from './retry-budget.ts'

it('a retry after throttling is cheaper than one after a failure', () => {
  expect(retryCost({ kind: 'status', status: 429 })).toBe(5)
  expect(retryCost({ kind: 'status', status: 503 })).toBe(14)
  expect(retryCost({ kind: 'timeout' })).toBe(14)
})

it('an outage gets a bounded number of retries from however many callers', () => {
  const budget = createRetryBudget(500)
  const granted = Array.from({ length: 200 }, () => budget.take(14)).filter(Boolean)
  expect(granted).toHaveLength(35)
  expect(budget.affords(14)).toBe(false)
})

it('successes fill the budget again, to its capacity and no further', () => {
  const budget = createRetryBudget(20)
  budget.take(14)
  budget.refund(14)
  expect(budget.tokens).toBe(20)
  budget.take(14)
  budget.refund(undefined)
  expect(budget.tokens).toBe(7)
  for (let success = 0; success < 100; success++) budget.refund(undefined)
  expect(budget.tokens).toBe(20)
})

it('a capacity of 0 switches the budget off', () => {
  const budget = createRetryBudget(0)
  expect(Array.from({ length: 100 }, () => budget.take(14)).every(Boolean)).toBe(true)
})

it('agents of one process share the budget of a provider', () => {
  expect(sharedRetryBudget('openai a', 500)).toBe(sharedRetryBudget('openai a', 500))
  expect(sharedRetryBudget('openai a', 500)).not.toBe(sharedRetryBudget('openai b', 500))
})
