import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../engine.ts'
import { tidemark, type Finished } from './tidemark-process.ts'

const INPUTS = 160
let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = testDatabase()
  folder = database.folder
  await database.create()
  writeFileSync(join(folder, 'tidemark.yaml'), `store: { url: "${database.url}" }\nagents: { triage: {} }\n`)
  const lines = (output: (i: number) => string | null): string =>
    Array.from({ length: INPUTS }, (_, i) =>
      JSON.stringify({ id: `t-${i}`, input: `ticket ${i}`, ...(output(i) === null ? {} : { output: output(i) }) }),
    ).join('\n')
  writeFileSync(
    join(folder, 'examples.jsonl'),
    lines(() => null),
  )
  writeFileSync(
    join(folder, 'now.jsonl'),
    lines((i) => `{"ticket":${i}}`),
  )
  writeFileSync(
    join(folder, 'fenced.jsonl'),
    lines((i) => (i % 3 === 0 ? `\`\`\`json\n{"ticket":${i}}\n\`\`\`` : `{"ticket":${i}}`)),
  )
  writeFileSync(join(folder, 'agent.mjs'), 'export const run = (input) => JSON.stringify({ ticket: input.length })\n')
})
afterAll(() => database.remove())

const run = (...args: string[]): Promise<Finished> => tidemark(args, folder)
const gate = (...args: string[]): Promise<Finished> => run('gate', '--agent', 'triage', ...args)

describe('tidemark gate', () => {
  test('asks both versions afresh, passes equal ones with exit code 0, and writes JUnit and Markdown', async () => {
    const asked = ['--target', './agent.mjs#run', '--control-target', './agent.mjs#run', '--examples', 'examples.jsonl']
    const found = await gate(...asked, '--out', 'first', '--junit', 'gate.xml', '--markdown', 'gate.md')
    expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining('PASS') as string })
    expect(readFileSync(join(folder, 'gate.xml'), 'utf8')).toContain('failures="0" errors="0"')
    expect(readFileSync(join(folder, 'gate.md'), 'utf8')).toContain(`${INPUTS} inputs`)
    // answers of another day are no answers of now
    expect(await gate(...asked, '--out', 'first')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('holds a gate that is done') as string,
    })
  }, 60_000)

  test('keeps --max-spend over both versions, and goes on under a higher one', async () => {
    writeFileSync(
      join(folder, 'paid.mjs'),
      'export const run = () => ({ output: "{}", validation: "valid", costUsd: 0.01 })\n',
    )
    const asked = ['--target', './paid.mjs#run', '--control-target', './paid.mjs#run', '--examples', 'examples.jsonl']
    expect(await gate(...asked, '--out', 'paid', '--max-spend', '2.4')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/candidate was not asked everything.*--max-spend/u) as string,
    })
    const answers = (side: string): number =>
      readFileSync(join(folder, 'paid', side, 'journal.jsonl'), 'utf8').split('"type":"result"').length - 1
    expect(answers('baseline')).toBe(INPUTS)
    expect(answers('candidate')).toBeGreaterThanOrEqual(60)
    expect(answers('candidate')).toBeLessThanOrEqual(80)
    // the folder of a run that is not complete is no version's answers: what is missing could be what is worse
    const half = ['--candidate', join('paid', 'candidate'), '--baseline-outputs', join('paid', 'baseline')]
    expect(await gate(...half)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/not complete: \d+ of 160 calls/u) as string,
    })
    expect(await gate(...asked, '--out', 'paid', '--max-spend', '4')).toMatchObject({ code: 0 })
    expect(answers('candidate')).toBe(INPUTS)
  }, 90_000)

  test('fails answers in another form with exit code 3, as JSON too', async () => {
    const found = await gate('--candidate', 'fenced.jsonl', '--baseline-outputs', 'now.jsonl', '--json')
    expect(found.code).toBe(3)
    expect(JSON.parse(found.stdout)).toMatchObject({ verdict: 'fail', inputs: INPUTS })
  })

  test('is inconclusive on few inputs with exit code 4, and says how many would decide', async () => {
    const few = readFileSync(join(folder, 'now.jsonl'), 'utf8').split('\n').slice(0, 40).join('\n')
    writeFileSync(join(folder, 'few.jsonl'), few)
    const found = await gate('--candidate', 'few.jsonl', '--baseline-outputs', 'few.jsonl')
    expect(found).toMatchObject({ code: 4, stdout: expect.stringContaining('133 inputs would decide') as string })
  })

  test.each([
    [['--candidate', 'now.jsonl'], '--control-target'],
    [['--candidate', 'now.jsonl', '--target', 'x', '--baseline-outputs', 'now.jsonl'], 'Both --target and --candidate'],
    [['--candidate', 'nowhere.jsonl', '--baseline-outputs', 'now.jsonl'], 'nowhere.jsonl'],
    [['--candidate', 'examples.jsonl', '--baseline-outputs', 'now.jsonl'], 'examples.jsonl, line 1: output'],
    [['--candidate', 'now.jsonl', '--baseline-outputs', 'now.jsonl', '--margin', '0'], '--margin is "0"'],
    [['--target', './agent.mjs#run', '--baseline-outputs', 'now.jsonl'], 'has no frozen inputs'],
  ])('refuses %j with exit code 2 and what is wrong', async (args, said) => {
    expect(await gate(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(said) as string })
  })
})

describe('tidemark change announce', () => {
  const announce = (value: string, ...args: string[]): Promise<Finished> =>
    run('change', 'announce', '--agent', 'triage', '--kind', 'prompt', '--value', value, ...args)

  test('records what passes as planned, what does not not at all, and without the gate as announced', async () => {
    expect(await announce('8', '--candidate', 'now.jsonl', '--baseline-outputs', 'now.jsonl')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('recorded as planned') as string,
    })
    expect(await announce('9', '--candidate', 'fenced.jsonl', '--baseline-outputs', 'now.jsonl')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is not recorded') as string,
    })
    expect(await announce('10', '--without-gate', '--by', 'jo')).toMatchObject({ code: 0 })
    const listed = await run('change', 'list', '--agent', 'triage', '--json')
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { kind: 'prompt', value: '8', status: 'planned' },
      { kind: 'prompt', value: '10', status: 'announced', told: { by: 'jo' } },
    ])
  }, 60_000)

  test('refuses to promote a variant that nobody has seen, before the gate is paid for', async () => {
    const asked = ['--target', './agent.mjs#run', '--control-target', './agent.mjs#run', '--examples', 'examples.jsonl']
    expect(await announce('11', ...asked, '--out', 'unpaid', '--promote', 'canary')).toMatchObject({ code: 2 })
    expect(existsSync(join(folder, 'unpaid'))).toBe(false)
    expect(await announce('11', '--without-gate', '--promote', 'canary')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no variant canary') as string,
    })
  })
})
