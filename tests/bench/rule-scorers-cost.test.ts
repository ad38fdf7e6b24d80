import { expect, test } from 'vitest'
import { measureRuleScorers } from '../../evaluator/bench/rule-scorers-cost.ts'

test('10,000 records pass through all rule scorers in under 5 s of one core', async () => {
  const { ruleScorersSecondsPer10k, scorers, valued } = await measureRuleScorers()
  expect(scorers).toEqual(expect.arrayContaining(['valid', 'not_refused', 'schema']))
  expect(valued).toBeGreaterThan(0.8)
  expect(ruleScorersSecondsPer10k).toBeLessThan(5)
})
