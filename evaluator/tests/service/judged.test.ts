import { afterEach, beforeEach, expect, test } from 'vitest'
import { fair, judgedAgent, strict, USUAL, verdictNow, WORSE, type JudgedAgent } from './judged-agent.ts'

let agent: JudgedAgent

beforeEach(async () => {
  agent = await judgedAgent()
})
afterEach(async () => {
  await agent.remove()
})

test('a judge that gets stricter in mid-run ends in judge_changed, not in a page about the agent', async () => {
  const service = await agent.fromMonday()
  await agent.live(service, 1, USUAL)
  expect(await verdictNow(service)).toMatchObject({ verdict: 'stable', judge: { changed: false } })
  agent.reply = strict
  for (const day of [2, 3]) await agent.live(service, day, USUAL)
  const verdict = await verdictNow(service)
  expect(verdict.verdict).toBe('judge_changed')
  expect(verdict.summary).toMatch(/^The judge moved, not the agent: on frozen outputs it now says helpfulness/u)
  expect(verdict.incident?.severity).toBe('ticket')
  const incidents = await service.incidents('triage')
  expect(incidents.map(({ severity, state }) => `${severity} ${state}`)).toEqual(['ticket open'])
  expect(await service.recompute('triage')).toMatchObject({ isEqual: true, differing: [] })
  // resolved after the judge was put back, it ends
  agent.reply = fair
  await service.resolveIncident(incidents[0]?.id ?? '', 'fixed', 'test')
  await agent.live(service, 4, USUAL)
  expect(await verdictNow(service)).toMatchObject({ verdict: 'stable', judge: { changed: false } })
})

test('agent and judge that change together end in drift, with the judge said beside it', async () => {
  const service = await agent.fromMonday()
  await agent.live(service, 1, USUAL)
  agent.reply = strict
  for (const day of [2, 3, 4]) await agent.live(service, day, WORSE)
  const verdict = await verdictNow(service)
  expect(verdict.verdict).toBe('drift')
  expect(verdict.summary).toMatch(/The judge moved as well/u)
})

test('a second service on the same store asks nothing that was answered', async () => {
  const service = await agent.fromMonday()
  await agent.live(service, 1, USUAL)
  const asked = agent.provider.asked.length
  // the baseline's 80 records and 50 anchors three times, the day's 80 records and its 50 anchors
  expect(asked).toBe(80 + 150 + 80 + 50)
  await (await agent.disk.open()).runDue(agent.disk.now)
  expect(agent.provider.asked.length).toBe(asked)
})
