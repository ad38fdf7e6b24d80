import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callRecord } from '../call-records.ts'
import { tidemark, type Finished } from './tidemark-process.ts'
import { testDatabase, type TestDatabase } from '../engine.ts'

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = testDatabase()
  folder = database.folder
  await database.create()
  writeFileSync(
    join(folder, 'tidemark.yaml'),
    `store: { url: "${database.url}" }\nagents: { triage: { segments: [tidemark.segment] }, silent: { content: { accept: none } } }\n`,
  )
  const now = Date.now()
  const records = Array.from({ length: 400 }, (_, i) =>
    callRecord(`call-${i}`, {
      startedAt: now - 3_600_000 - i * 1000,
      segment: i % 40 === 0 ? 'rare' : 'common',
      // every tenth input is the same one, under the same keyed hash
      inputHash: i % 10 === 1 ? 'same' : `input-${i}`,
      input: i === 7 ? 'x'.repeat(9000) : i % 10 === 1 ? 'Hello' : `write to person-${i}@example.com`,
      origin: i === 5 ? 'harness' : 'production',
    }),
  )
  writeFileSync(
    join(folder, 'records.jsonl'),
    records.map((call) => JSON.stringify({ type: 'call', ...call })).join('\n'),
  )
  expect(await run('import', 'records.jsonl')).toMatchObject({ code: 0 })
})
afterAll(() => database.remove())

const run = (...args: string[]): Promise<Finished> => tidemark(args, folder)
type Line = { id: string; input: string; segment: string; count: number; probability: number }
const examples = (file: string): Line[] =>
  readFileSync(join(folder, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

describe('a sample of the store', () => {
  test('collapses duplicates with their count, redacts, keeps the longest, and leaves out what is no production', async () => {
    const { stdout } = await run('sample', '--agent', 'triage', '--n', '1000', '--out', 'all.jsonl', '--json')
    expect(JSON.parse(stdout)).toMatchObject({
      seed: 1,
      counts: { found: 399, withoutText: 0, inputs: 360, examples: 360 },
    })
    const drawn = examples('all.jsonl')
    expect(drawn.find(({ input }) => input === 'Hello')?.count).toBe(40)
    expect(drawn.some(({ input }) => input.length === 9000)).toBe(true)
    expect(drawn.filter(({ input }) => input.includes('@'))).toEqual([])
  })

  test('is the same for the same seed, another for another, and every input has its probability', async () => {
    await run('sample', '--agent', 'triage', '--n', '90', '--out', 'a.jsonl')
    await run('sample', '--agent', 'triage', '--n', '90', '--out', 'b.jsonl')
    await run('sample', '--agent', 'triage', '--n', '90', '--seed', '2', '--out', 'c.jsonl')
    const read = (file: string): string => readFileSync(join(folder, file), 'utf8')
    expect(read('a.jsonl')).toBe(read('b.jsonl'))
    expect(read('a.jsonl')).not.toBe(read('c.jsonl'))
    expect(new Set(examples('a.jsonl').map(({ probability }) => probability))).toEqual(new Set([90 / 360]))
  })

  test('stratified gives a rare segment what there is of it, and weights lead back to the population', async () => {
    const { stdout } = await run(
      'sample',
      '--agent',
      'triage',
      '--n',
      '100',
      '--stratify',
      'segment',
      '--out',
      's.jsonl',
    )
    const drawn = examples('s.jsonl')
    expect(drawn.filter(({ segment }) => segment === 'rare')).toHaveLength(10)
    expect(drawn).toHaveLength(100)
    expect(drawn.reduce((sum, { probability }) => sum + 1 / probability, 0)).toBeCloseTo(360, 6)
    expect(stdout).toMatch(/rare +10 +2\.8 % +10 +10\.0 % +1\.000/u)
  })

  test('is refused where no texts are kept, or none was sent', async () => {
    expect(await run('sample', '--agent', 'silent')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('content.accept') as string,
    })
    expect(await run('sample', '--agent', 'triage', '--window', '1m')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('window_empty') as string,
    })
  })
})

test('a sample of an export has the texts of its calls, and stores none of them', async () => {
  const rows = Array.from({ length: 3 }, (_, i) => ({
    id: `o-${i}`,
    traceId: `t-${i}`,
    type: 'GENERATION',
    startTime: '2026-01-05T10:00:00Z',
    endTime: '2026-01-05T10:00:01Z',
    model: 'm-1',
    input: `question ${i}`,
    output: 'answer',
  }))
  writeFileSync(join(folder, 'langfuse.json'), JSON.stringify(rows))
  const before = await database.query('select count(*) as calls from call_record')
  const result = await run(
    'sample',
    '--agent',
    'triage',
    '--source',
    'export',
    '--file',
    'langfuse.json',
    '--out',
    'e.jsonl',
  )
  expect(result).toMatchObject({ code: 0 })
  expect(readFileSync(join(folder, 'e.jsonl'), 'utf8')).toContain('question 2')
  expect(examples('e.jsonl')).toHaveLength(3)
  expect(await database.query('select count(*) as calls from call_record')).toEqual(before)
})

test('a sample of a file keeps references, and names the line that is none', async () => {
  writeFileSync(join(folder, 'f.jsonl'), '{"id":"a","input":"x","reference":"y"}\n{"id":"b","input":" X "}\n')
  await run('sample', '--agent', 'triage', '--source', 'file', '--file', 'f.jsonl', '--out', 'g.jsonl')
  expect(examples('g.jsonl')).toMatchObject([{ id: 'a', reference: 'y', count: 2 }])
  writeFileSync(join(folder, 'f.jsonl'), '{"id":"a"}\n')
  expect(await run('sample', '--agent', 'triage', '--source', 'file', '--file', 'f.jsonl')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/examples_invalid.*line 1: input/u) as string,
  })
})
