import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DAY, dayOfCalls } from '../call-records.ts'
import { mulberry32 } from '../../src/statistics/index.ts'
import { serve, tidemark } from './tidemark-process.ts'

/** How often each test is killed; the moments come from a seed. */
const KILLS = 5

let folder: string
let config: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-crash-'))
  config = join(folder, 'tidemark.yaml')
  writeFileSync(
    config,
    [
      'store: { url: "sqlite:./tidemark.db" }',
      'listen: { port: 0 }',
      'agents:',
      '  triage: { schedule: { at: "00:00", settleMinutes: 0, catchUpDays: 31 } }',
    ].join('\n'),
  )
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('kill -9', () => {
  test('in the middle of ingest loses no acknowledged span and stores none twice', async () => {
    const random = mulberry32(20_261_124)
    const acknowledged: string[] = []
    let sent = 0
    for (let round = 0; round < KILLS; round++) {
      const serving = await serve(config, folder)
      const killAfter = 5 + (random() % 20)
      for (let request = 0; ; request++) {
        const ids = Array.from({ length: 20 }, () => spanId(++sent))
        const answer = post(`${serving.url}/v1/traces`, tracesOf(ids))
        if (request === killAfter) {
          // the answer is under way, or not: what counts is whether it arrived
          const [status] = await Promise.all([answer, serving.kill()])
          if (status === 200) acknowledged.push(...ids)
          break
        }
        if ((await answer) === 200) acknowledged.push(...ids)
      }
    }
    const database = new Database(join(folder, 'tidemark.db'))
    const stored = database.prepare('select span_id from call_record').all() as { span_id: string }[]
    expect(acknowledged.length).toBeGreaterThan(KILLS * 5 * 20 - 1)
    expect(new Set(stored.map(({ span_id }) => span_id)).size).toBe(stored.length)
    expect(new Set(acknowledged).difference(new Set(stored.map(({ span_id }) => span_id)))).toEqual(new Set())
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    database.close()
  })

  test('in the middle of runs counts no slot twice and ends in the same evidence as without it', async () => {
    const days = 24
    const midnight = Math.floor(Date.now() / DAY) * DAY
    const first = midnight - days * DAY
    const lines = [dayOfCalls(first - DAY, { calls: 250, invalidEvery: 25 })]
    for (let day = 0; day < days; day++) lines.push(dayOfCalls(first + day * DAY, { calls: 200, invalidEvery: 20 }))
    const records = lines.flat().flatMap(({ call, validation }) => [
      { type: 'call', ...call },
      { type: 'validation', ...validation },
    ])
    writeFileSync(join(folder, 'records.jsonl'), records.map((record) => JSON.stringify(record)).join('\n'))
    const prepare = async (name: string): Promise<string> => {
      const file = join(folder, `${name}.yaml`)
      writeFileSync(
        file,
        `store: { url: "sqlite:./${name}.db" }\nlisten: { port: 0 }\nagents: { triage: { schedule: { at: "00:00", settleMinutes: 0, catchUpDays: 31 } } }\n`,
      )
      expect(await tidemark(['import', 'records.jsonl', '--config', file], folder)).toMatchObject({ code: 0 })
      const until = new Date(first).toISOString()
      const freeze = [
        'baseline',
        'freeze',
        '--agent',
        'triage',
        '--production',
        '1d',
        '--until',
        until,
        '--config',
        file,
      ]
      expect(await tidemark(freeze, folder)).toMatchObject({ code: 0 })
      return file
    }
    const quiet = await prepare('quiet')
    await tidemark(['evaluate', '--config', quiet], folder)

    const shaken = await prepare('shaken')
    const random = mulberry32(7)
    const slotsDone = (): number =>
      rows<{ slots: number }>('shaken', "select count(*) as slots from run_slot where status = 'done'")[0]?.slots ?? 0
    for (let round = 0; round < KILLS; round++) {
      const serving = await serve(shaken, folder)
      const target = Math.min(days - 1, slotsDone() + 1 + (random() % 4))
      while (slotsDone() < target) await new Promise((resolve) => setImmediate(resolve))
      await serving.kill()
    }
    expect(slotsDone()).toBeGreaterThan(KILLS - 1)
    await tidemark(['evaluate', '--config', shaken], folder)

    const evidence =
      "select slot_at, statistics, json_extract(verdict, '$.detectors') as detectors from run order by slot_at"
    expect(rows('shaken', evidence)).toEqual(rows('quiet', evidence))
    expect(rows('shaken', evidence)).toHaveLength(days)
    expect(rows('shaken', "select * from run_slot where status <> 'done'")).toEqual([])
  })
})

function rows<Row>(name: string, sql: string): Row[] {
  const database = new Database(join(folder, `${name}.db`), { readonly: true })
  try {
    return database.prepare(sql).all() as Row[]
  } finally {
    database.close()
  }
}

function spanId(number: number): string {
  return number.toString(16).padStart(16, '0')
}

function tracesOf(ids: readonly string[]): unknown {
  const now = BigInt(Date.now()) * 1_000_000n
  const attributes = [
    { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
    { key: 'gen_ai.agent.name', value: { stringValue: 'triage' } },
  ]
  const spans = ids.map((id) => ({
    traceId: id.padStart(32, '1'),
    spanId: id,
    name: 'chat m-4',
    kind: 3,
    startTimeUnixNano: String(now),
    endTimeUnixNano: String(now + 800_000_000n),
    attributes,
  }))
  return { resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'test' }, spans }] }] }
}

/** The status of the answer, or null when none arrived. */
async function post(url: string, body: unknown): Promise<number | null> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    await response.arrayBuffer()
    return response.status
  } catch {
    return null
  }
}
