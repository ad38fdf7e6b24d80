import { afterEach, beforeEach, expect, test } from 'vitest'
import { MONDAY, DAY } from '../call-records.ts'
import { calls, fair, judgedAgent, strict, USUAL, verdictNow, WORSE, type JudgedAgent } from './judged-agent.ts'

let agent: JudgedAgent
beforeEach(async () => {
  agent = await judgedAgent()
})
afterEach(() => agent.remove())

test('another model of the judge is a change: beside the verdict, in its causes, in the list and in /metrics', async () => {
  await agent.live(await agent.fromMonday(), 1, USUAL)
  const service = await agent.reopened({ model: 'judge-2' })
  agent.reply = strict
  for (const day of [2, 3]) await agent.live(service, day, WORSE)
  const verdict = await verdictNow(service)
  const change = {
    kind: 'judge',
    from: expect.stringMatching(/^helpfulness: judge-1 [0-9a-f]{8}$/u),
    value: expect.stringMatching(/^helpfulness: judge-2 [0-9a-f]{8}$/u),
    slotAt: MONDAY + 2 * DAY,
    at: expect.closeTo(MONDAY + DAY, -6),
  }
  expect(verdict.changes).toEqual([change])
  expect(await service.changes('triage', 0)).toMatchObject([change])
  expect(verdict.causes[0]).toMatchObject({ kind: 'judge' })
  const { body } = await service.metrics()
  expect(body).toMatch(/^tidemark_change_info\{.*kind="judge",value="helpfulness: judge-2 [0-9a-f]{8}".*\} 1$/mu)
  expect(body).toMatch(/^tidemark_drift_cause_probability\{.*cause="judge".*\}/mu)
  expect(await service.recompute('triage')).toMatchObject({ isEqual: true })
})

test('labels of people that name a call in any way are joined to what the judge said, and give its kappa', async () => {
  const service = await agent.fromMonday()
  await agent.live(service, 1, USUAL)
  expect((await verdictNow(service)).judgeAgreement).toBeUndefined()
  expect((await service.metrics()).body).not.toContain('tidemark_judge_agreement_kappa{')
  const scores = calls(1, 100, USUAL).map(({ call }, index) => ({
    agent: 'triage',
    name: 'helpfulness',
    value: index % 2 === 0 ? (index % USUAL === 0 ? 'bad' : 'good') : Number(index % USUAL !== 0),
    traceId: call.traceId,
    ...(index % 3 === 0 ? {} : { spanId: call.spanId }),
  }))
  await service.acceptScores({ scores }, () => true)
  agent.reply = fair
  await agent.live(service, 2, USUAL)
  const [agreement] = (await verdictNow(service)).judgeAgreement ?? []
  // the judge was asked about 80 of the 100, and is wrong about the texts that it is always wrong about
  expect(agreement).toMatchObject({ score: 'helpfulness', labels: 80 })
  expect(agreement?.kappa).toBeGreaterThan(0.3)
  expect(agreement?.baseRate).toBeCloseTo(1 / 8, 1)
  const { body } = await service.metrics()
  const [, kappa] = /^tidemark_judge_agreement_kappa\{.*judge="helpfulness".*\} (\S+)$/mu.exec(body) ?? []
  expect(Number(kappa)).toBeCloseTo(agreement?.kappa ?? Number.NaN, 10)
})
