import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { DAY, dayOfCalls } from '../call-records.ts'
import { testDatabase, type TestDatabase } from '../engine.ts'
import { tidemark, type Finished } from './tidemark-process.ts'

const TODAY = Math.floor(Date.now() / DAY) * DAY

let database: TestDatabase
beforeAll(async () => {
  database = testDatabase()
  await database.create()
})
afterAll(() => database.remove())

const run = (...args: string[]): Promise<Finished> => tidemark(args, database.folder)

function configure(cadence: string, falsePagesPerYear: number): void {
  const agent = {
    schedule: { cadence, at: '00:00', settleMinutes: 0, catchUpDays: 31 },
    paging: { falsePagesPerYear },
  }
  const config = { store: { url: database.url }, listen: { port: 0 }, agents: { triage: agent } }
  // YAML takes JSON
  writeFileSync(join(database.folder, 'tidemark.yaml'), JSON.stringify(config))
}

/** The schedule as `tidemark check` finds it. */
async function scheduleFound(): Promise<{ state: string; detail: string; next: string } | undefined> {
  const { stdout } = await run('check', '--json')
  const findings = z
    .array(z.object({ what: z.string(), state: z.string(), detail: z.string(), next: z.string() }))
    .parse(JSON.parse(stdout))
  return findings.find(({ what }) => what === 'schedule of triage')
}

test('evaluate and check tell of a cadence and a budget that the baseline was not frozen for', async () => {
  configure('daily', 1)
  const calls = [3, 2, 1].flatMap((daysAgo) => dayOfCalls(TODAY - daysAgo * DAY, { calls: 250, invalidEvery: 25 }))
  const lines = calls.flatMap(({ call, validation }) => [
    JSON.stringify({ type: 'call', ...call }),
    JSON.stringify({ type: 'validation', ...validation }),
  ])
  writeFileSync(join(database.folder, 'days.jsonl'), lines.join('\n'))
  expect(await run('import', 'days.jsonl')).toMatchObject({ code: 0 })
  const until = new Date(TODAY - 2 * DAY).toISOString()
  const freeze = ['baseline', 'freeze', '--agent', 'triage', '--production', '1d', '--until', until]
  expect(await run(...freeze)).toMatchObject({ code: 0 })

  configure('12h', 4)
  const { stdout } = await run('evaluate')
  expect(stdout).toContain('(runs a year 365 → 730, false pages a year 1 → 4)')
  expect(await scheduleFound()).toMatchObject({
    state: 'warning',
    detail: expect.stringMatching(/runsPerYear 365 → 730, falsePagesPerYear 1 → 4$/u) as string,
    next: expect.stringContaining('tidemark baseline freeze --agent triage') as string,
  })
})
