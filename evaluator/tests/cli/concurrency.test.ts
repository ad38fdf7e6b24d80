import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { VerdictRecord } from '../../src/domain/verdict.ts'
import { DAY, dayOfCalls } from '../call-records.ts'
import { testDatabase, type TestDatabase } from '../engine.ts'
import { tidemark } from './tidemark-process.ts'

const DAYS = 6
const TODAY = Math.floor(Date.now() / DAY) * DAY

let database: TestDatabase
let folder: string
beforeEach(async () => {
  database = testDatabase({ isEmpty: true })
  folder = database.folder
  await database.create()
  writeFileSync(
    join(folder, 'tidemark.yaml'),
    `store: { url: "${database.url}" }\nlisten: { port: 0 }\nagents: { triage: { schedule: { at: "00:00", settleMinutes: 0, catchUpDays: 31 } } }\n`,
  )
  const days = [dayOfCalls(TODAY - (DAYS + 1) * DAY, { calls: 250, invalidEvery: 25 })]
  for (let day = DAYS; day > 0; day--) days.push(dayOfCalls(TODAY - day * DAY, { calls: 60, invalidEvery: 25 }))
  const records = days.flat().map(({ call }) => JSON.stringify({ type: 'call', ...call }))
  writeFileSync(join(folder, 'records.jsonl'), records.join('\n'))
  await tidemark(['import', 'records.jsonl'], folder)
})
afterEach(() => database.remove())

const until = new Date(TODAY - DAYS * DAY).toISOString()
const freeze = ['baseline', 'freeze', '--agent', 'triage', '--production', '1d', '--until', until, '--json']

describe('processes on one store', () => {
  test('that find it empty at once make its tables once, and all of them go on', async () => {
    const empty = testDatabase({ isEmpty: true })
    await empty.create()
    writeFileSync(join(empty.folder, 'tidemark.yaml'), `store: { url: "${empty.url}" }\n`)
    const list = ['baseline', 'list', '--agent', 'triage', '--json']
    const results = await Promise.all([1, 2, 3, 4].map(() => tidemark(list, empty.folder)))
    for (const result of results) expect(result).toMatchObject({ code: 0, stdout: '[]\n', stderr: '' })
    const migrations = await empty.query<{ name: string }>('select name from kysely_migration')
    expect(migrations.map(({ name }) => name)).toContain('0001-first-tables')
    expect(new Set(migrations.map(({ name }) => name)).size).toBe(migrations.length)
    await empty.remove()
  })

  test('that freeze at once leave exactly one baseline, and the others are told', async () => {
    const results = await Promise.all([1, 2, 3].map(() => tidemark(freeze, folder)))
    expect(results.map(({ code }) => String(code)).toSorted()).toEqual(['0', '2', '2'])
    for (const { code, stderr } of results) if (code === 2) expect(stderr).toContain('baseline_exists')
    const list = await tidemark(['baseline', 'list', '--agent', 'triage', '--json'], folder)
    expect(JSON.parse(list.stdout)).toHaveLength(1)
  })

  test('that evaluate at once run each slot once, in order', async () => {
    await tidemark(freeze, folder)
    const results = await Promise.all([1, 2, 3].map(() => tidemark(['evaluate', '--json'], folder)))
    // whoever finds a slot taken leaves the rest to its holder; a last call finds nothing left, or what they left
    results.push(await tidemark(['evaluate', '--json'], folder))
    expect(results.every(({ code }) => code === 0)).toBe(true)
    const slots = results.flatMap(({ stdout }) => (JSON.parse(stdout) as VerdictRecord[]).map(({ slotAt }) => slotAt))
    expect(slots.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: DAYS }, (_, i) => TODAY - (DAYS - 1 - i) * DAY),
    )
  })
})
