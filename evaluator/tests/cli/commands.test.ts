import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DAY, dayOfCalls, type DayShape } from '../call-records.ts'
import { testDatabase, type TestDatabase } from '../engine.ts'
import { serve, tidemark, type Finished } from './tidemark-process.ts'

const TODAY = Math.floor(Date.now() / DAY) * DAY

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = testDatabase()
  folder = database.folder
  await database.create()
  writeFileSync(
    join(folder, 'tidemark.yaml'),
    `store: { url: "${database.url}" }\nlisten: { port: 0 }\nagents: { triage: { schedule: { at: "00:00", settleMinutes: 0, catchUpDays: 31 } } }\n`,
  )
})
afterAll(() => database.remove())

const run = (...args: string[]): Promise<Finished> => tidemark(args, folder)

describe('the program', () => {
  test('explains itself, and each command explains its options', async () => {
    const help = await run('--help')
    expect(help).toMatchObject({ code: 0, stderr: '' })
    for (const command of ['serve', 'evaluate', 'check', 'verdict', 'baseline', 'import', 'export', 'demo']) {
      expect(help.stdout).toContain(command)
      expect((await run(command, '--help')).stdout).toContain('--')
    }
  })

  test('answers misuse with exit code 2: a command, an option and a value that do not exist', async () => {
    expect(await run('servee')).toMatchObject({ code: 2, stderr: expect.stringContaining('servee') as string })
    expect(await run('verdict')).toMatchObject({ code: 2, stderr: expect.stringContaining('--agent') as string })
    expect(await run('baseline', 'freeze', '--agent', 'triage', '--production', '2x')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/argument_invalid.*"2x".*\n.*14d/u) as string,
    })
  })

  test('names the typo in a configuration, with exit code 2', async () => {
    writeFileSync(join(folder, 'typo.yaml'), 'agents: { triage: { shedule: {} } }\n')
    const result = await run('check', '--config', 'typo.yaml', '--json')
    expect(result.code).toBe(2)
    expect(result.stdout).toMatch(/agents\.triage has the unknown key \\"shedule\\"/u)
    expect(await run('evaluate', '--config', 'typo.yaml')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/config_invalid.*shedule/u) as string,
    })
  })

  test('says which file it cannot read, with exit code 2', async () => {
    expect(await run('evaluate', '--config', 'nowhere.yaml')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/config_unreadable.*nowhere\.yaml/u) as string,
    })
  })
})

describe('from import to verdict', () => {
  test('check speaks of every step that is still missing', async () => {
    expect(await run('check')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('no call has arrived') as string,
    })
  })

  test('import reads lines, gzip too, names a wrong one, and keeps what came before it', async () => {
    write('baseline.jsonl', [[TODAY - 4 * DAY, { calls: 250, invalidEvery: 25 }]])
    write('days.jsonl', [
      [TODAY - 3 * DAY, { calls: 100, invalidEvery: 25 }],
      [TODAY - 2 * DAY, { calls: 100, invalidEvery: 25 }],
      [TODAY - DAY, { calls: 100, invalidEvery: 2, model: 'm-4-2026-08-01' }],
    ])
    expect(await run('import', 'baseline.jsonl', '--json')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"inserted": 500') as string,
    })
    writeFileSync(
      join(folder, 'broken.jsonl'),
      `${readFileSync(join(folder, 'days.jsonl'), 'utf8')}\n{"type":"call","agent":7}\n`,
    )
    expect(await run('import', 'broken.jsonl')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/import_invalid: Line 602/u) as string,
    })
    writeFileSync(join(folder, 'days.jsonl.gz'), gzipSync(readFileSync(join(folder, 'days.jsonl'))))
    expect(await run('import', 'days.jsonl.gz', '--json')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"inserted": 0') as string,
    })
    expect(await run('import', 'nowhere.jsonl')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nowhere.jsonl') as string,
    })
  })

  test('a baseline is frozen once, listed, and says what it can find', async () => {
    const until = new Date(TODAY - 3 * DAY).toISOString()
    const freeze = ['baseline', 'freeze', '--agent', 'triage', '--production', '1d', '--until', until]
    expect(await run(...freeze)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/250 examples.*\n.*valid: finds a shift of \d+\.\d points/u) as string,
    })
    expect(await run(...freeze)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/baseline_exists.*\n.*--replace/u) as string,
    })
    expect((await run('baseline', 'list', '--agent', 'triage')).stdout).toContain('250')
  })

  test('evaluate runs what is due and ends with 3 for drift; a second time nothing is due', async () => {
    const first = await run('evaluate')
    expect(first.code).toBe(3)
    expect(first.stdout).toMatch(/STABLE/u)
    expect(first.stdout).toMatch(/DRIFT {2}Drift since .*model: m-4-2026-05-01 to m-4-2026-08-01/u)
    expect(await run('evaluate')).toMatchObject({ code: 0, stdout: 'No slot is due.\n' })
  })

  test('evaluate ends with 1 and names the agent whose run failed', async () => {
    const [baseline] = await database.query<{ document: string }>('select document from baseline')
    await database.query("update baseline set document = 'broken'")
    for (const table of ['run', 'run_slot'])
      await database.query(`delete from ${table} where slot_at = (select max(slot_at) from ${table})`)
    expect(await run('evaluate')).toMatchObject({ code: 1, stderr: expect.stringContaining('triage') as string })
    await database.query('update baseline set document = ?', baseline?.document)
    await database.query('delete from incident')
    expect(await run('evaluate')).toMatchObject({ code: 3 })
  })

  test('verdict shows the newest slot or an earlier one, and 2 for an agent that has none', async () => {
    expect(await run('verdict', '--agent', 'triage')).toMatchObject({ code: 3 })
    const earlier = await run('verdict', '--agent', 'triage', '--slot', new Date(TODAY - DAY).toISOString(), '--json')
    expect(JSON.parse(earlier.stdout)).toMatchObject({ verdict: 'stable', samples: 100 })
    expect(await run('verdict', '--agent', 'nobody')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nobody') as string,
    })
  })

  test('verdict --recompute gives the same bits, and tells when the store was changed', async () => {
    expect(await run('verdict', '--agent', 'triage', '--recompute')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('to the last bit') as string,
    })
    const change = (from: string, to: string): Promise<unknown> =>
      database.query('update run set statistics = replace(statistics, ?, ?) where slot_at = ?', from, to, TODAY - DAY)
    await change('"n":100', '"n":101')
    expect(await run('verdict', '--agent', 'triage', '--recompute')).toMatchObject({ code: 1 })
    await change('"n":101', '"n":100')
  })

  test('export writes lines that import takes, and a history that ends as OpenMetrics does', async () => {
    const lines = (await run('export', '--agent', 'triage')).stdout.trim().split('\n')
    expect(lines).toHaveLength(1100)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ type: 'call', agent: 'triage' })
    await run('export', '--agent', 'triage', '--openmetrics', '--out', 'history.om')
    const history = readFileSync(join(folder, 'history.om'), 'utf8')
    expect(history).toMatch(/tidemark_drift_evidence\{.*severity="page".*\} \S+ \d+/u)
    expect(history.endsWith('# EOF\n')).toBe(true)
  })
})

describe('serve', () => {
  test('listens, answers, and ends clean on SIGTERM with exit code 0', async () => {
    const serving = await serve('tidemark.yaml', folder)
    expect((await fetch(`${serving.url}/readyz`)).status).toBe(200)
    expect(await (await fetch(`${serving.url}/metrics`)).text()).toContain('tidemark_drift_verdict{')
    expect(await serving.stop()).toMatchObject({ code: 0 })
  })

  test('refuses an address of the network without tokens', async () => {
    writeFileSync(join(folder, 'public.yaml'), 'listen: { host: 0.0.0.0, port: 0 }\n')
    expect(await run('serve', '--config', 'public.yaml')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('public_without_tokens') as string,
    })
  })

  test('names a port that is taken, and what to do', async () => {
    const serving = await serve('tidemark.yaml', folder)
    const { port } = new URL(serving.url)
    writeFileSync(join(folder, 'taken.yaml'), `listen: { port: ${port} }\nstore: { url: "sqlite:./other.db" }\n`)
    expect(await run('serve', '--config', 'taken.yaml')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`listen_failed.*${port}`, 'u')) as string,
    })
    await serving.stop()
  })
})

function write(name: string, days: readonly (readonly [number, DayShape])[]): void {
  const lines = days.flatMap(([start, shape]) =>
    dayOfCalls(start, shape).flatMap(({ call, validation }) => [
      JSON.stringify({ type: 'call', ...call }),
      JSON.stringify({ type: 'validation', ...validation }),
    ]),
  )
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
}
