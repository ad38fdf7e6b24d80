import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { scoreRecords } from '../score-record.ts'
import { moduleScorer, moduleSettings } from './module-scorer.ts'
import { CONTEXT, scorable, scoreOf } from '../../../tests/scorable-records.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidemark-modules-'))
afterAll(() => rmSync(folder, { recursive: true }))

const open: ReturnType<typeof moduleScorer>[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((scorer) => scorer.close()))
})

let files = 0
function userScorer(code: string, settings: Record<string, unknown> = {}): ReturnType<typeof moduleScorer> {
  const file = join(folder, `scorer-${files++}.mjs`)
  writeFileSync(file, code)
  const scorer = moduleScorer(
    moduleSettings.parse({
      name: 'mine',
      from: 'module',
      kind: 'score',
      file,
      timeLimitMilliseconds: 400,
      ...settings,
    }),
  )
  open.push(scorer)
  return scorer
}

describe('a function of the user', () => {
  test('sees record and options, and may be asynchronous', async () => {
    const scorer = userScorer(
      'export const score = async (record, { unit }) => record.output.text.length / unit + record.latencySeconds',
      { options: { unit: 2 } },
    )
    expect(await scoreOf(scorer, 'four')).toBe(2.5)
  })

  test('written in TypeScript runs as it is', async () => {
    const file = join(folder, 'typed.mts')
    writeFileSync(file, 'export function grade(record: { key: string }): boolean { return record.key.length > 0 }')
    const scorer = userScorer('', { file, export: 'grade', kind: 'binary' })
    expect(await scoreOf(scorer, 'x')).toBe(1)
  })

  test('may return a category, a reason for no score, or that the record is not meant', async () => {
    const code = `export const score = ({ output: { text } }) =>
      text === 'skip' ? { skip: true } : text === 'no' ? { missing: 'not English' } : text`
    const scorer = userScorer(code, { kind: 'categorical' })
    expect(await scoreOf(scorer, 'polite')).toBe('polite')
    expect(await scoreOf(scorer, 'skip')).toBeNull()
    expect(await scoreOf(scorer, 'no')).toBe('missing: absent')
  })

  test.each([
    ['NaN', 'NaN', 'invalid_result'],
    ['Infinity', 'Infinity', 'invalid_result'],
    ['undefined', 'undefined', 'invalid_result'],
    ['null', 'null', 'invalid_result'],
    ['an object', '({ value: 1 })', 'invalid_result'],
    ['a category of a number score', '"good"', 'invalid_result'],
    ['what cannot be sent between threads', '(() => 1)', 'failed'],
  ])('that returns %s gives no score', async (_, expression, reason) => {
    expect(await scoreOf(userScorer(`export const score = () => ${expression}`), 'x')).toBe(`missing: ${reason}`)
  })

  test('that throws misses this record only', async () => {
    const scorer = userScorer(
      `export const score = ({ key }) => { if (key === 'bad') throw new Error('no'); return 1 }`,
    )
    const records = ['good', 'bad', 'better'].map((key) => scorable('x', { key }))
    const scores = await scoreRecords(records, [scorer], CONTEXT)
    expect(scores.map(([score]) => score?.value)).toEqual([1, null, 1])
    expect(scores[1]?.[0]?.missing).toEqual({ reason: 'failed', detail: 'no' })
  })

  test('that hangs is ended; the records before and behind it are scored', async () => {
    const scorer = userScorer(`export const score = ({ key }) => { while (key === '7'); return Number(key) }`)
    const records = Array.from({ length: 50 }, (_, i) => scorable('x', { key: String(i) }))
    const scores = await scoreRecords(records, [scorer], CONTEXT)
    expect(scores.map(([score]) => score?.value)).toEqual(records.map(({ key }) => (key === '7' ? null : Number(key))))
    expect(scores[7]?.[0]?.missing?.reason).toBe('timed_out')
  })

  test('that waits for ever is ended', async () => {
    expect(await scoreOf(userScorer('export const score = () => new Promise(() => {})'), 'x')).toBe(
      'missing: timed_out',
    )
  })

  test('that eats memory is ended, and the next record is scored', async () => {
    const scorer = userScorer(
      `export const score = ({ key }) => {
        const all = []
        while (key === 'greedy') all.push(Array.from({ length: 1000 }, () => ({})))
        return 1
      }`,
      { memoryLimitMegabytes: 16, timeLimitMilliseconds: 20_000 },
    )
    const scores = await scoreRecords(
      ['greedy', 'modest'].map((key) => scorable('x', { key })),
      [scorer],
      CONTEXT,
    )
    expect(scores.map(([score]) => score?.missing?.reason ?? score?.value)).toEqual(['out_of_memory', 1])
  })

  test('that ends its thread takes only its own record along', async () => {
    const scorer = userScorer(`export const score = ({ key }) => { if (key === 'exit') process.exit(3); return 1 }`)
    const scores = await scoreRecords(
      ['exit', 'next'].map((key) => scorable('x', { key })),
      [scorer],
      CONTEXT,
    )
    expect(scores.map(([score]) => score?.missing?.reason ?? score?.value)).toEqual(['crashed', 1])
  })

  test('that crashes later, outside the call, takes only one record along', async () => {
    const scorer = userScorer(
      `export const score = async ({ key }) => {
        if (key === 'late') setTimeout(() => { throw new Error('later') }, 1)
        await new Promise((resolve) => setTimeout(resolve, 50))
        return 1
      }`,
    )
    const scores = await scoreRecords(
      ['late', 'next'].map((key) => scorable('x', { key })),
      [scorer],
      CONTEXT,
    )
    expect(scores.map(([score]) => score?.missing?.reason ?? score?.value)).toEqual(['crashed', 1])
  })

  test('that hangs on every record is given up, not waited for 500 times', async () => {
    const scorer = userScorer('export const score = () => { while (true); }', { timeLimitMilliseconds: 100 })
    const started = performance.now()
    const scores = await scoreRecords(
      Array.from({ length: 500 }, (_, i) => scorable('x', { key: String(i) })),
      [scorer],
      CONTEXT,
    )
    expect(performance.now() - started).toBeLessThan(20_000)
    expect(new Set(scores.map(([score]) => score?.missing?.reason))).toEqual(new Set(['timed_out']))
  })

  test.each([
    ['a syntax error', 'export const score = (', 'not_loaded'],
    ['an import that throws', 'throw new Error("at start")', 'not_loaded'],
    ['another export', 'export const grade = () => 1', 'not_loaded'],
  ])('in a module with %s gives no score, with the reason', async (_, code, reason) => {
    expect(await scoreOf(userScorer(code), 'x')).toBe(`missing: ${reason}`)
  })

  test('that writes to the port of its thread changes no score', async () => {
    const scorer = userScorer(
      `import { parentPort } from 'node:worker_threads'
       export const score = ({ key }) => { parentPort.postMessage('nonsense'); return Number(key) }`,
    )
    const [first] = await scoreRecords([scorable('x', { key: '1' })], [scorer], CONTEXT)
    expect(first?.[0]?.missing?.reason).toBe('failed')
  })

  test('that prints does not print into the evaluator', async () => {
    expect(
      await scoreOf(userScorer('export const score = () => { console.log("x".repeat(1e6)); return 1 }'), 'x'),
    ).toBe(1)
  })

  test('gets 10,000 records within seconds', async () => {
    const scorer = userScorer('export const score = ({ output }) => output.text.length')
    const records = Array.from({ length: 10_000 }, (_, i) => scorable('{"label":"billing"}', { key: String(i) }))
    const started = performance.now()
    const scores = await scoreRecords(records, [scorer], CONTEXT)
    expect(scores.every(([score]) => score?.value === 19)).toBe(true)
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  test('is another version when its file changes', () => {
    const one = userScorer('export const score = () => 1')
    const two = userScorer('export const score = () => 2')
    expect(one.version).not.toBe(two.version)
  })

  test('waits no longer once the run was ended', async () => {
    const end = new AbortController()
    end.abort()
    const scorer = userScorer('export const score = () => 1')
    const [scores] = await scoreRecords([scorable('x')], [scorer], { signal: end.signal })
    expect(scores?.[0]?.missing?.reason).toBe('timed_out')
  })
})
