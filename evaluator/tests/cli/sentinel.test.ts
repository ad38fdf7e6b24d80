import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DAY } from '../call-records.ts'
import { testDatabase, type TestDatabase } from '../engine.ts'
import { countingProvider } from '../harness/counting-provider.ts'
import { startTidemark, tidemark, type Finished } from './tidemark-process.ts'

const INPUTS = 60
const A_DAY = 20

let database: TestDatabase
let folder: string
let provider: Awaited<ReturnType<typeof countingProvider>>
beforeEach(async () => {
  database = testDatabase()
  folder = database.folder
  await database.create()
  provider = await countingProvider()
  configure(`target: { url: "${provider.url}", sideEffects: none, sentinelPerDay: ${A_DAY} }`)
  const examples = Array.from({ length: INPUTS }, (_, i) => JSON.stringify({ id: `real-${i}`, input: `ticket ${i}` }))
  writeFileSync(join(folder, 'real.jsonl'), examples.join('\n'))
})
afterEach(async () => {
  await provider.close()
  await database.remove()
})

function configure(target: string): void {
  writeFileSync(
    join(folder, 'tidemark.yaml'),
    `store: { url: "${database.url}" }\nagents: { triage: { schedule: { at: "00:00" }, content: { accept: all }, scores: [{ name: labelled, from: regex, pattern: label, detector: page }], ${target} } }\n`,
  )
}
const run = (...given: string[]): Promise<Finished> => tidemark(given, folder)
const OF_AGENT = ['--agent', 'triage'] as const
const asSentinel = (): string[] =>
  provider.questions.filter(({ headers }) => headers['baggage'] === 'tidemark.origin=sentinel').map(({ id }) => id)

async function freeze(): Promise<Finished> {
  const harness = ['harness', ...OF_AGENT, '--target', provider.url, '--examples', 'real.jsonl', '--out', 'run']
  await run(...harness, '--runs', '3')
  return await run('baseline', 'freeze', ...OF_AGENT, '--from-harness', 'run')
}

/** The daily slot of today is due only for a baseline that is older. */
async function letADayPass(): Promise<void> {
  await database.query('update baseline set created_at = created_at - ?', 2 * DAY)
  await database.query(
    'insert into agent (name, first_seen_at, last_seen_at, calls) values (?, ?, ?, 1)',
    'triage',
    Date.now() - 3 * DAY,
    Date.now(),
  )
}

test('killed while inputs are asked, the run of the day goes on and asks for none twice; a second run asks nothing', async () => {
  expect((await freeze()).stderr).not.toContain('not replayed')
  const early = await run('sentinel', 'run', ...OF_AGENT)
  expect(early).toMatchObject({ code: 4, stdout: expect.stringContaining('Nothing is due before') as string })
  await letADayPass()
  provider.hold()
  const first = startTidemark(['sentinel', 'run', ...OF_AGENT], folder)
  const before = provider.questions.length
  await provider.come(before + 4)
  first.child.kill('SIGKILL')
  await first.end
  provider.release()
  const second = await run('sentinel', 'run', ...OF_AGENT, '--json')
  expect(JSON.parse(second.stdout)).toMatchObject({ ran: true, report: { asked: A_DAY, failures: { interrupted: 4 } } })
  expect(asSentinel()).toHaveLength(A_DAY)
  expect(new Set(asSentinel()).size).toBe(A_DAY)
  const third = await run('sentinel', 'run', ...OF_AGENT)
  expect(third.stdout).toContain('Nothing is due before')
  expect(asSentinel()).toHaveLength(A_DAY)
  const status = await run('sentinel', 'status', ...OF_AGENT, '--recompute')
  expect(status).toMatchObject({ code: 0 })
  expect(status.stdout).toContain('equal, bit for bit')
  const inputs = await run('sentinel', 'inputs', ...OF_AGENT)
  expect(inputs.stdout.split('\n').filter((line) => line.startsWith('real-'))).toHaveLength(INPUTS)
})

test('a target that does not promise to be without side effects is refused, and a freeze without one sets nothing aside', async () => {
  configure('target: { url: "http://127.0.0.1:1/run" }')
  const refused = await run('sentinel', 'status', ...OF_AGENT)
  expect(refused.code).toBe(2)
  expect(refused.stderr).toMatch(/config_invalid[\s\S]*sideEffects/u)
  configure('')
  expect((await freeze()).stderr).toContain('not replayed: the configuration has no target with "sideEffects: none"')
  const status = await run('sentinel', 'status', ...OF_AGENT, '--json')
  expect(JSON.parse(status.stdout)).toMatchObject({ off: expect.stringContaining('frozen without a target'), runs: 0 })
})
