import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { VerdictRecord } from '../../src/domain/verdict.ts'
import type { EvaluatedCall } from '../../src/scoring/evaluated-call.ts'
import type { Service } from '../../src/service.ts'
import { callRecord, DAY, evaluated, MONDAY } from '../call-records.ts'
import { MIDNIGHT_SCHEDULE, serviceOnDisk, store, type ServiceOnDisk } from './service-on-disk.ts'
import { judgement, loopbackProvider, type Asked, type LoopbackProvider, type Reply } from '../judge/loopback-judge.ts'
import { readFence } from '../judge/naive-judge.ts'

/** Every eighth output of the agent is bad, of a changed agent every second. */
const USUAL = 8
const WORSE = 2
/** Of all draws of the judges: three days do not always decide; how often they do is measured by `bench:scores`. */
const SALT = 'b'

let folder: string
let provider: LoopbackProvider
let disk: ServiceOnDisk
let reply: (asked: Asked) => Reply

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-judged-'))
  writeFileSync(join(folder, 'rubric.md'), '---\nchoices: { good: 1, bad: 0 }\n---\nIs the output good?\n')
  writeFileSync(join(folder, 'key'), 'any')
  reply = fair
  provider = await loopbackProvider((asked) => reply(asked))
  const helpfulness = {
    name: 'helpfulness',
    from: 'judge',
    rubric: join(folder, 'rubric.md'),
    apiKeyFile: join(folder, 'key'),
    baseUrl: provider.baseUrl,
    model: 'judge-1',
    sample: 80,
    retries: 0,
  } as const
  disk = serviceOnDisk({
    agents: { triage: { schedule: MIDNIGHT_SCHEDULE, content: { accept: 'all' }, scores: [helpfulness] } },
  })
})
afterEach(async () => {
  await disk.remove()
  await provider.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a judge that gets stricter in mid-run ends in judge_changed, not in a page about the agent', async () => {
  const service = await judgedFromMonday()
  await live(service, 1, USUAL)
  expect(await verdictNow(service)).toMatchObject({ verdict: 'stable', judge: { changed: false } })
  reply = strict
  for (const day of [2, 3]) await live(service, day, USUAL)
  const verdict = await verdictNow(service)
  expect(verdict.verdict).toBe('judge_changed')
  expect(verdict.summary).toMatch(/^The judge moved, not the agent: on frozen outputs it now says helpfulness/u)
  expect(verdict.incident?.severity).toBe('ticket')
  const incidents = await service.incidents('triage')
  expect(incidents.map(({ severity, state }) => `${severity} ${state}`)).toEqual(['ticket open'])
  expect(await service.recompute('triage')).toMatchObject({ isEqual: true, differing: [] })
  // resolved after the judge was put back, it ends
  reply = fair
  await service.resolveIncident(incidents[0]?.id ?? '', 'fixed', 'test')
  await live(service, 4, USUAL)
  expect(await verdictNow(service)).toMatchObject({ verdict: 'stable', judge: { changed: false } })
})

test('agent and judge that change together end in drift, with the judge said beside it', async () => {
  const service = await judgedFromMonday()
  await live(service, 1, USUAL)
  reply = strict
  for (const day of [2, 3, 4]) await live(service, day, WORSE)
  const verdict = await verdictNow(service)
  expect(verdict.verdict).toBe('drift')
  expect(verdict.summary).toMatch(/The judge moved as well/u)
})

test('a judge that fails gives missing scores and a ticket, not a wrong score', async () => {
  const service = await judgedFromMonday()
  await live(service, 1, USUAL)
  reply = () => ({ content: 'garbage' })
  for (const day of [2, 3]) await live(service, day, USUAL)
  const verdict = await verdictNow(service)
  const helpfulness = verdict.scores.find(({ name }) => name === 'helpfulness')
  expect(helpfulness?.current.samples).toBe(0)
  expect(helpfulness?.streams.find(({ stream }) => stream === 'missing')?.effect).toBeGreaterThan(0.1)
  expect(verdict.verdict).toBe('drift')
  expect(verdict.incident?.severity).toBe('ticket')
})

test('a second service on the same store asks nothing that was answered', async () => {
  const service = await judgedFromMonday()
  await live(service, 1, USUAL)
  const asked = provider.asked.length
  // the baseline's 80 records and 50 anchors three times, the day's 80 records and its 50 anchors
  expect(asked).toBe(80 + 150 + 80 + 50)
  await (await disk.open()).runDue(disk.now)
  expect(provider.asked.length).toBe(asked)
})

/** Wrong about one text in twenty, the same in every run of the test. */
function fair({ user }: Asked): Reply {
  return judgement(isGood(user) === drawOf(user) >= 0.05 ? 'good' : 'bad')
}

/** Takes a third of what is good for bad. */
function strict({ user }: Asked): Reply {
  return judgement(isGood(user) && drawOf(user) >= 0.35 ? 'good' : 'bad')
}

function isGood(user: string): boolean {
  return readFence(user).inside.includes('fine')
}

/** A number below 1 for the text: what is judged at once arrives in any order, and is drawn the same. */
function drawOf(user: string): number {
  return (
    createHash('sha256')
      .update(`${SALT} ${readFence(user).inside}`)
      .digest()
      .readUInt32BE() /
    2 ** 32
  )
}

async function judgedFromMonday(): Promise<Service> {
  const service = await disk.open()
  await store(service, calls(0, 250, USUAL))
  disk.now = MONDAY
  await service.freezeBaseline({ agent: 'triage', from: MONDAY - DAY, to: MONDAY })
  return service
}

async function live(service: Service, day: number, badEvery: number): Promise<void> {
  disk.now = MONDAY + day * DAY
  await store(service, calls(day, 100, badEvery))
  await service.runDue(disk.now)
}

function calls(day: number, count: number, badEvery: number): EvaluatedCall[] {
  return Array.from({ length: count }, (_, index) =>
    evaluated(
      callRecord(`${day}/${index}`, {
        startedAt: MONDAY + (day - 1) * DAY + index * 60_000,
        input: JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: `Question ${index}` }] }]),
        output: JSON.stringify([
          { role: 'assistant', parts: [{ type: 'text', content: index % badEvery === 0 ? 'wrong' : 'fine' }] },
        ]),
      }),
    ),
  )
}

async function verdictNow(service: Service): Promise<VerdictRecord> {
  const verdict = await service.verdict('triage')
  if (verdict === null || verdict === undefined) throw new Error('there is a verdict')
  return verdict
}
