import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DAY, dayOfCalls } from '../call-records.ts'
import { testDatabase, type TestDatabase } from '../engine.ts'
import { tidemark, type Finished } from './tidemark-process.ts'

const TODAY = Math.floor(Date.now() / DAY) * DAY

let database: TestDatabase
beforeAll(async () => {
  database = testDatabase()
  await database.create()
  writeFileSync(
    join(database.folder, 'tidemark.yaml'),
    `store: { url: "${database.url}" }\nlisten: { port: 0 }\nagents: { triage: { schedule: { at: "00:00", settleMinutes: 0, catchUpDays: 31 } } }\n`,
  )
  const calls = [
    ...dayOfCalls(TODAY - 5 * DAY, { calls: 250, invalidEvery: 25 }),
    ...dayOfCalls(TODAY - 4 * DAY, { calls: 100, invalidEvery: 25 }),
    ...dayOfCalls(TODAY - 3 * DAY, { calls: 100, invalidEvery: 2 }),
    ...dayOfCalls(TODAY - 2 * DAY, { calls: 100, invalidEvery: 25 }),
  ]
  writeFileSync(
    join(database.folder, 'days.jsonl'),
    calls
      .flatMap(({ call, validation }) => [
        { type: 'call', ...call },
        { type: 'validation', ...validation },
      ])
      .map((record) => `${JSON.stringify(record)}\n`)
      .join(''),
  )
  await run('import', 'days.jsonl')
  await run('baseline', 'freeze', '--agent', 'triage', '--since', iso(-5), '--until', iso(-4))
  await run('evaluate')
})
afterAll(() => database.remove())

const run = (...args: string[]): Promise<Finished> => tidemark(args, database.folder)
const iso = (days: number): string => new Date(TODAY + days * DAY).toISOString()

test('an incident is listed, taken and shown in the ledger', async () => {
  const listed: { id: string; severity: string; state: string }[] = JSON.parse(
    (await run('incident', 'list', '--agent', 'triage', '--json')).stdout,
  )
  const id = listed.find(({ severity }) => severity === 'page')?.id ?? ''
  expect(await run('incident', 'ack', id, '--by', 'ada')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('is acknowledged, by ada') as string,
  })
  expect(await run('incident', 'resolve', id, '--as', 'gone')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/"gone".*\n.*--as fixed/u) as string,
  })
  expect((await run('incident', 'ledger', '--agent', 'triage')).stdout).toMatch(
    /budget is 1 false pages a year[\s\S]*acknowledged +0 +1/u,
  )
})

test('exclude needs no subcommand, says what it changed, and a recomputation gives the same', async () => {
  const excluded = await run(
    'exclude',
    '--agent',
    'triage',
    '--from',
    iso(-3),
    '--to',
    iso(-2),
    '--reason',
    'outage',
    '--by',
    'ada',
  )
  expect(excluded).toMatchObject({ code: 0 })
  expect(excluded.stdout).toMatch(/is excluded \(outage\)[\s\S]*1 left out/u)
  expect(excluded.stderr).toMatch(
    /page incident \S+ \(acknowledged\) has no alarm any more. End it: tidemark incident/u,
  )
  expect(await run('verdict', '--agent', 'triage', '--recompute')).toMatchObject({ code: 0 })
  const [window]: { id: string }[] = JSON.parse((await run('exclude', 'list', '--agent', 'triage', '--json')).stdout)
  expect(await run('exclude', 'remove', window?.id ?? '', '--by', 'bob', '--why', 'it was real')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('counts again') as string,
  })
  expect((await run('exclude', 'list', '--agent', 'triage')).stdout).toMatch(/by bob: it was real/u)
  expect(
    await run('exclude', '--agent', 'triage', '--from', iso(-3), '--to', iso(-2), '--reason', 'holiday'),
  ).toMatchObject({ code: 2, stderr: expect.stringMatching(/"holiday"/u) as string })
})

test('baselines are shown, compared and expired, and check says that one is', async () => {
  expect((await run('baseline', 'show', '--agent', 'triage')).stdout).toMatch(/version 1[\s\S]*valid +96\.0 %/u)
  await run('baseline', 'freeze', '--agent', 'triage', '--since', iso(-4), '--until', iso(-3), '--replace')
  const compared = await run('baseline', 'diff', '--agent', 'triage', '--from-version', '1', '--to-version', '2')
  expect(compared.stdout).toMatch(/examples +250 +100[\s\S]*valid: finds/u)
  expect(await run('baseline', 'diff', '--agent', 'triage', '--from-version', '1', '--to-version', '7')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no baseline version 7/u) as string,
  })
  expect(await run('baseline', 'accept', '--agent', 'triage')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no unresolved incident/u) as string,
  })
  expect(
    await run('baseline', 'expire', '--agent', 'triage', '--why', 'the prompt was rewritten', '--by', 'ada'),
  ).toMatchObject({ code: 0, stdout: expect.stringContaining('version 2') as string })
  expect((await run('check')).stdout).toMatch(/baseline of triage +version 2.*expired/u)
  expect((await run('baseline', 'list', '--agent', 'triage')).stdout).toMatch(
    /expired by ada: the prompt was rewritten/u,
  )
})
