import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { resolveConfiguration, type Configuration } from '../../src/config.ts'
import type { VerdictRecord } from '../../src/domain/verdict.ts'
import type { JudgeScoreSettings } from '../../src/scoring/judge-score-settings.ts'
import type { EvaluatedCall } from '../../src/scoring/evaluated-call.ts'
import { createService, type Service } from '../../src/service.ts'
import { callRecord, DAY, evaluated, MONDAY } from '../call-records.ts'
import { judgement, loopbackProvider, type Asked, type LoopbackProvider, type Reply } from '../judge/loopback-judge.ts'
import { readFence } from '../judge/naive-judge.ts'
import { MIDNIGHT_SCHEDULE, serviceOnDisk, store, type ServiceOnDisk } from './service-on-disk.ts'

/** Every eighth output of the agent is bad, of a changed agent every second. */
export const USUAL = 8
export const WORSE = 2
/** Of all draws of the judges: three days do not always decide; how often they do is measured by `bench:scores`. */
const SALT = 'b'

/** An agent whose outputs a judge on loopback scores, over days that the test lets pass. */
export type JudgedAgent = {
  readonly disk: ServiceOnDisk
  readonly provider: LoopbackProvider
  /** How the judge answers from now on. */
  reply: (asked: Asked) => Reply
  /** A service with a baseline that was frozen on the Monday. */
  fromMonday(): Promise<Service>
  /** A further service on the same store whose judge is set up otherwise. */
  reopened(judge: JudgeOptions): Promise<Service>
  /** A day of calls (1 = the Monday), and its run. */
  live(service: Service, day: number, badEvery: number, output?: string): Promise<void>
  remove(): Promise<void>
}

type JudgeOptions = Partial<Pick<JudgeScoreSettings, 'model' | 'timeoutSeconds' | 'dailyBudgetCalls' | 'humanLabels'>>

export async function judgedAgent(options: JudgeOptions = {}): Promise<JudgedAgent> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-judged-'))
  writeFileSync(join(folder, 'rubric.md'), '---\nchoices: { good: 1, bad: 0 }\n---\nIs the output good?\n')
  writeFileSync(join(folder, 'key'), 'any')
  const provider = await loopbackProvider((asked) => agent.reply(asked))
  const agentsWith = (judge: JudgeOptions) => ({
    triage: {
      schedule: MIDNIGHT_SCHEDULE,
      content: { accept: 'all' as const },
      scores: [
        {
          name: 'helpfulness',
          from: 'judge' as const,
          rubric: join(folder, 'rubric.md'),
          apiKeyFile: join(folder, 'key'),
          baseUrl: provider.baseUrl,
          model: 'judge-1',
          sample: 80,
          retries: 0,
          ...options,
          ...judge,
        },
      ],
    },
  })
  const disk = serviceOnDisk({ agents: agentsWith({}) })
  const others: Service[] = []
  const agent: JudgedAgent = {
    disk,
    provider,
    reply: fair,
    async fromMonday() {
      const service = await disk.open()
      await store(service, calls(0, 250, USUAL))
      disk.now = MONDAY
      await service.freezeBaseline({ agent: 'triage', from: MONDAY - DAY, to: MONDAY })
      return service
    },
    async reopened(judge) {
      const config: Configuration = resolveConfiguration(
        { store: { url: disk.database.url }, listen: { host: '127.0.0.1', port: 0 }, agents: agentsWith(judge) },
        'the configuration of a test',
      )
      const service = await createService({ config, clock: () => disk.now, logger: pino({ level: 'silent' }) })
      others.push(service)
      return service
    },
    async live(service, day, badEvery, output) {
      disk.now = MONDAY + day * DAY
      await store(service, calls(day, 100, badEvery, output))
      await service.runDue(disk.now)
    },
    async remove() {
      await Promise.all(others.map((service) => service.stop()))
      await disk.remove()
      await provider.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return agent
}

/** Wrong about one text in twenty, the same in every run of the test. */
export function fair({ user }: Asked): Reply {
  return judgement(isGood(user) === drawOf(user) >= 0.05 ? 'good' : 'bad')
}

/** Takes a third of what is good for bad. */
export function strict({ user }: Asked): Reply {
  return judgement(isGood(user) && drawOf(user) >= 0.35 ? 'good' : 'bad')
}

export async function verdictNow(service: Service): Promise<VerdictRecord> {
  const verdict = await service.verdict('triage')
  if (verdict === null || verdict === undefined) throw new Error('there is a verdict')
  return verdict
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

/** Calls of a day; `output` takes the place of what the usual ones say. */
export function calls(day: number, count: number, badEvery: number, output?: string): EvaluatedCall[] {
  return Array.from({ length: count }, (_, index) =>
    evaluated(
      callRecord(`${day}/${index}`, {
        startedAt: MONDAY + (day - 1) * DAY + index * 60_000,
        input: JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: `Question ${index}` }] }]),
        output: JSON.stringify([
          {
            role: 'assistant',
            parts: [{ type: 'text', content: output ?? (index % badEvery === 0 ? 'wrong' : 'fine') }],
          },
        ]),
      }),
    ),
  )
}
