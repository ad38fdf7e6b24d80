import { afterEach, expect, test } from 'vitest'
import { DAY, MONDAY } from '../call-records.ts'
import { A_DAY, freezeInputs, replayedAgent, type ReplayedAgent } from './replayed-agent.ts'
import { withBaseline } from './service-on-disk.ts'

let agent: ReplayedAgent
afterEach(() => agent.close())

test('calls under way count: a budget of five answers is not exceeded by four workers', async () => {
  agent = await replayedAgent({ dailyBudgetUsd: 2.5 })
  agent.costUsd = 0.5
  expect(await replayed()).toMatchObject([{ answered: 5, costUsd: 2.5, failures: { budget_spent: A_DAY - 5 } }])
  expect(agent.asked).toHaveLength(5)
})

test('a target that does not say what it costs is asked once a day where there is a budget, and that is said', async () => {
  agent = await replayedAgent({ dailyBudgetUsd: 2.5 })
  expect(await replayed()).toMatchObject([{ answered: 1, failures: { cost_unknown: A_DAY - 1 } }])
  expect(agent.asked).toHaveLength(1)
})

async function replayed() {
  const service = await agent.disk.open()
  await withBaseline(agent.disk, service)
  await freezeInputs(agent.disk)
  agent.disk.now = MONDAY + DAY
  return await service.runSentinelsDue(agent.disk.now)
}
