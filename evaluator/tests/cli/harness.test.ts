import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../engine.ts'
import { countingProvider } from '../harness/counting-provider.ts'
import { startTidemark, tidemark, type Finished } from './tidemark-process.ts'

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = testDatabase()
  folder = database.folder
  await database.create()
  writeFileSync(
    join(folder, 'tidemark.yaml'),
    `store: { url: "${database.url}" }\nagents: { triage: { segments: [tidemark.segment], scores: [{ name: labelled, from: regex, pattern: label, detector: page }] } }\n`,
  )
  writeFileSync(join(folder, 'real.jsonl'), lines(60, 'real'))
  writeFileSync(join(folder, 'demo.jsonl'), lines(20, 'demo'))
})
afterAll(() => database.remove())

let provider: Awaited<ReturnType<typeof countingProvider>> | null = null
afterEach(async () => {
  await provider?.close()
  provider = null
})

function lines(count: number, name: string): string {
  return Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      id: `${name}-${i}`,
      input: `ticket ${i}`,
      segment: i % 3 === 0 ? 'claims' : 'billing',
      userHash: `user-${i}`,
    }),
  ).join('\n')
}

const args = (target: string, out: string, ...more: string[]): string[] => [
  'harness',
  '--agent',
  'triage',
  '--target',
  target,
  '--examples',
  'real.jsonl',
  '--out',
  out,
  ...more,
]
const run = (...given: string[]): Promise<Finished> => tidemark(given, folder)
const timesAsked = (questions: readonly { id: string; run: number }[]): number[] => [
  ...new Set(
    Map.groupBy(questions, ({ id, run: number }) => `${id} ${number}`)
      .values()
      .map((same) => same.length),
  ),
]

describe('a harness run', () => {
  test('killed with calls under way and started again asks the provider for every call once', async () => {
    provider = await countingProvider()
    provider.hold()
    const first = startTidemark(args(provider.url, 'killed', '--runs', '3', '--concurrency', '4'), folder)
    await provider.come(4)
    first.child.kill('SIGKILL')
    await first.end
    const second = startTidemark(args(provider.url, 'killed', '--runs', '3', '--concurrency', '4', '--json'), folder)
    provider.release()
    const { stdout } = await second.end
    expect(JSON.parse(stdout)).toMatchObject({
      ended: 'complete',
      asked: { done: 180, of: 180 },
      flaky: { inputs: 0, of: 60 },
    })
    expect(provider.questions).toHaveLength(180)
    expect(timesAsked(provider.questions)).toEqual([1])
    expect(new Set(provider.questions.map(({ headers }) => headers['idempotency-key'])).size).toBe(180)
    expect(provider.questions.every(({ headers }) => headers['baggage'] === 'tidemark.origin=harness')).toBe(true)
  })

  test('that is complete asks nothing again, and other examples do not enter it', async () => {
    provider = await countingProvider()
    await run(...args(provider.url, 'once'))
    await run(...args(provider.url, 'once'))
    expect(provider.questions).toHaveLength(60)
    expect(await run(...args(provider.url, 'once', '--runs', '2'))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/run_invalid.*other runs: 1 instead of 2/u) as string,
    })
  })

  test('counts refusals, lost connections and answers that are none, and tries again only what was not taken', async () => {
    const refused = new Set<string>()
    provider = await countingProvider(({ id }) => {
      if (id === 'real-1') return { status: 500, body: 'broken' }
      if (id === 'real-2') return null
      if (id === 'real-3') return { body: { output: 'x', costUsd: -1 } }
      if (id === 'real-4' && !refused.has(id)) {
        refused.add(id)
        return { status: 429, body: 'later' }
      }
      return { body: { output: '{"label":"a"}' } }
    })
    const { stdout, code } = await run(...args(provider.url, 'failing', '--json'))
    const report = JSON.parse(stdout) as { failures: { kind: string; count: number }[]; real: { failedCalls: number } }
    expect(report.failures.map(({ kind }) => kind).toSorted()).toEqual([
      'call bad_answer',
      'call refused',
      'call unreachable',
    ])
    expect(report.real.failedCalls).toBe(3)
    expect(provider.questions.filter(({ id }) => id === 'real-1')).toHaveLength(1)
    expect(provider.questions.filter(({ id }) => id === 'real-2')).toHaveLength(1)
    expect(provider.questions.filter(({ id }) => id === 'real-4')).toHaveLength(2)
    expect(code).toBe(3)
  })

  test('stops before --max-spend and goes on under a higher one, and says when nobody tells the cost', async () => {
    provider = await countingProvider()
    const short = JSON.parse((await run(...args(provider.url, 'spend', '--max-spend', '0.20', '--json'))).stdout)
    expect(short).toMatchObject({
      ended: 'spend_reached',
      asked: { done: 20, of: 60 },
      readiness: { verdict: 'undecided' },
    })
    expect(JSON.parse((await run(...args(provider.url, 'spend', '--max-spend', '1', '--json'))).stdout)).toMatchObject({
      ended: 'complete',
    })
    expect(provider.questions).toHaveLength(60)
    await provider.close()
    provider = await countingProvider(() => ({ body: 'free' }))
    expect(JSON.parse((await run(...args(provider.url, 'silent', '--max-spend', '1', '--json'))).stdout)).toMatchObject(
      {
        ended: 'spend_unknown',
        asked: { done: 1 },
      },
    )
  })

  test('of a module goes on behind a crash, tells what was thrown, and its process knows that it is a harness', async () => {
    writeFileSync(
      join(folder, 'agent.mjs'),
      `export async function run(input, { id }) {
        if (id === 'real-5') process.exit(7)
        if (id === 'real-6') throw new Error('a defect')
        return { output: { label: process.env.TIDEMARK_ORIGIN } }
      }`,
    )
    const { stdout } = await run(
      ...args('./agent.mjs', 'module', '--demo', 'demo.jsonl', '--concurrency', '1', '--json'),
    )
    const report = JSON.parse(stdout) as {
      failures: { kind: string; examples: { detail: string }[] }[]
      gap: { difference: number }
    }
    expect(new Map(report.failures.map(({ kind, examples }) => [kind, examples[0]?.detail]))).toEqual(
      new Map([
        ['call crashed', 'the process ended with 7'],
        ['call threw', 'a defect'],
      ]),
    )
    expect(report.gap.difference).toBeCloseTo(2 / 60)
    expect(readFileSync(join(folder, 'module', 'journal.jsonl'), 'utf8')).toContain('harness')
  })

  test('of a command has one process a question, and a command that does not exist is said', async () => {
    writeFileSync(join(folder, 'one.jsonl'), `${JSON.stringify({ id: 'a', input: 'x' })}\n`)
    const given = ['harness', '--agent', 'triage', '--examples', 'one.jsonl', '--json']
    const good = await run(...given, '--out', 'command', '--target', `sed 's/.*/{"output":{"label":1}}/'`)
    expect(JSON.parse(good.stdout)).toMatchObject({
      real: { total: { passed: 1, judged: 1 } },
      readiness: { verdict: 'undecided' },
    })
    expect(good.code).toBe(4)
    const bad = await run(...given, '--out', 'no-command', '--target', 'no-such-program --now')
    expect(JSON.parse(bad.stdout)).toMatchObject({ failures: [{ kind: 'call crashed', count: 1 }] })
    expect(await run(...given, '--out', 'no-module', '--target', './none.ts')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/target_invalid.*none\.ts/u) as string,
    })
  })

  test('writes hostile text as text, in one file that loads nothing', async () => {
    mkdirSync(join(folder, 'hostile'), { recursive: true })
    writeFileSync(
      join(folder, 'hostile.jsonl'),
      `${JSON.stringify({ id: '<img src=x>', input: '<script>alert(1)</script> mail a.b@example.com' })}\n`,
    )
    provider = await countingProvider(() => ({ body: '</pre><script>x</script>' }))
    await run(
      'harness',
      '--agent',
      'triage',
      '--examples',
      'hostile.jsonl',
      '--out',
      'hostile',
      '--target',
      provider.url,
    )
    const page = readFileSync(join(folder, 'hostile', 'report.html'), 'utf8')
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt; mail [e-mail]')
    expect(page).not.toMatch(/<script|<img|<link|\s(?:src|href)="/u)
    expect(existsSync(join(folder, 'hostile', 'report.md'))).toBe(true)
  })
})

describe('a baseline of a harness run', () => {
  test('has scores, versions and three runs of each input; forgetting a text leaves its hash as it is', async () => {
    provider = await countingProvider(() => ({
      body: { output: '{"label":"a"}', validation: 'valid', model: 'm-1', promptVersion: '7' },
    }))
    await run(...args(provider.url, 'frozen', '--runs', '3'))
    const frozen = await run('baseline', 'freeze', '--agent', 'triage', '--from-harness', 'frozen', '--json')
    expect(JSON.parse(frozen.stdout)).toMatchObject({
      samples: 60,
      minimumDetectableEffect: { labelled: expect.anything() as number },
      warnings: expect.arrayContaining([expect.stringMatching(/60 examples find only large changes/u)]) as string[],
    })
    const [before] = await database.query<{ id: string; document: string }>('select id, document from baseline')
    const document = JSON.parse(before?.document ?? '{}') as {
      sentinels: { id: string; runs: { scores: object }[] }[]
      source: object
    }
    expect(document.sentinels).toHaveLength(60)
    expect(document.sentinels.every(({ runs }) => runs.length === 3)).toBe(true)
    expect(document.sentinels[0]?.runs[2]?.scores).toMatchObject({ valid: 1, labelled: 1, output_form: 'json' })
    expect(document.source).toMatchObject({
      kind: 'harness',
      examples: 60,
      failed: 0,
      versions: { models: ['m-1'], prompts: ['7'] },
    })
    expect((await run('forget', '--agent', 'triage', '--user', 'user-3', '--json')).stdout).toContain(
      '"frozenInputs": 1',
    )
    expect((await run('forget', '--agent', 'triage', '--example', 'real-4', '--json')).stdout).toContain(
      '"frozenInputs": 1',
    )
    const texts = await database.query<{ id: string; input: string | null }>(
      'select id, input from sentinel_input order by id',
    )
    expect(texts.filter(({ input }) => input === null).map(({ id }) => id)).toEqual(['real-3', 'real-4'])
    expect(texts).toHaveLength(60)
    expect(await database.query('select id, document from baseline')).toEqual([before])
    // a sample in which all pass does not say that any shift of the rate is found
    const again = await run('baseline', 'freeze', '--agent', 'triage', '--from-harness', 'frozen', '--replace')
    expect(again.stdout).toMatch(/ {2}labelled: finds a shift of [1-9]\d*\.\d points from the first run on/u)
    expect((await run('baseline', 'show', '--agent', 'triage')).stdout).toMatch(/labelled: finds +[1-9]\d*\.\d points/u)
  })

  test('needs 50 answers and a complete run', async () => {
    provider = await countingProvider()
    await run('harness', '--agent', 'triage', '--examples', 'demo.jsonl', '--out', 'small', '--target', provider.url)
    expect(await run('baseline', 'freeze', '--agent', 'triage', '--from-harness', 'small', '--replace')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/baseline_too_small.*20/u) as string,
    })
    expect(await run('baseline', 'freeze', '--agent', 'triage', '--from-harness', 'spend-none')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('run_invalid') as string,
    })
  })
})
