import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DAY, dayOfCalls } from '../call-records.ts'
import { testDatabase, type TestDatabase } from '../engine.ts'
import { sendSpans, spanId } from '../send-spans.ts'
import { serve, tidemark, type Serving } from './tidemark-process.ts'

const TODAY = Math.floor(Date.now() / DAY) * DAY
const DAYS = 12

let database: TestDatabase
let folder: string
let serving: Serving | undefined
beforeEach(async () => {
  database = testDatabase()
  folder = database.folder
  await database.create()
})
afterEach(async () => {
  await serving?.stop()
  serving = undefined
  await database.remove()
})

test('SIGHUP loses neither a span nor a run, and the new configuration is in force', async () => {
  configure({})
  const lines = Array.from({ length: DAYS }, (_, i) =>
    dayOfCalls(TODAY - (i + 1) * DAY, { calls: 250, invalidEvery: 25 }),
  )
  const text = lines.flat().map(({ call }) => JSON.stringify({ type: 'call', ...call }))
  expect(await tidemark(['import', '-'], folder, text.join('\n'))).toMatchObject({ code: 0 })
  const until = new Date(TODAY - (DAYS - 1) * DAY).toISOString()
  expect(
    await tidemark(['baseline', 'freeze', '--agent', 'triage', '--production', '1d', '--until', until], folder),
  ).toMatchObject({ code: 0 })
  // the runs that were missed begin with the start, and go on while the configuration is read again
  serving = await serve('tidemark.yaml', folder)
  const { url, child } = serving
  const answers: (number | undefined)[] = []
  configure({ tokens: { admin: [{ value: 'new-admin-token' }] } })
  for (let i = 0; i < 60; i++) {
    if (i === 10 || i === 30) child.kill('SIGHUP')
    answers.push((await sendSpans(url, [spanId(i + 1)]))?.status)
  }
  expect(answers.filter((status) => status !== 200)).toEqual([])
  await eventually(async () => (await fetch(`${url}/api/audit`)).status === 401)
  const slots = async () =>
    ((await (await fetch(`${url}/api/agents/triage/verdicts`)).json()) as { verdicts: unknown[] }).verdicts.length
  await eventually(async () => (await slots()) === DAYS - 1)
  expect(await database.query("select * from run_slot where status <> 'done'")).toEqual([])
  expect(await database.query('select span_id from call_record where prompt_name is not null')).toHaveLength(60)
})

test.each([
  ['that cannot be read', 'agents: [', /config_invalid/u],
  ['with another port', JSON.stringify({ listen: { port: 1 } }), /need a restart/u],
  ['with a token file that is missing', null, /config_unreadable/u],
])('a configuration %s is refused, and the one before stays', async (_, text, message) => {
  configure({})
  serving = await serve('tidemark.yaml', folder)
  if (text === null) configure({ tokens: { read: [{ file: './nowhere' }] } })
  else writeFileSync(join(folder, 'tidemark.yaml'), text)
  const { child, url } = serving
  child.kill('SIGHUP')
  await eventually(async () => message.test(serving?.log() ?? ''))
  expect((await fetch(`${url}/api/agents`)).status).toBe(200)
})

function configure(more: object): void {
  const schedule = { at: '00:00', settleMinutes: 0, catchUpDays: 31 }
  const base = { store: { url: database.url }, listen: { port: 0 }, agents: { triage: { schedule } } }
  writeFileSync(join(folder, 'tidemark.yaml'), JSON.stringify({ ...base, ...more }))
}

/** Asks until something holds; a test that waits in vain ends by its own time limit. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}
