import { execFile } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { QUALITY_ALONE } from '../../evaluator/bench/detection-plan.ts'
import { readDatasets } from '../../evaluator/bench/pools/datasets.ts'
import { writeRecordings } from './synthetic-recordings.ts'

/** The shape that others read; strict, so that a field too many is an error as well. */
const share = z.number().min(0).max(1)
const report = z.strictObject({
  noChange: z.array(
    z.strictObject({ run: z.string(), detector: z.string(), pAnyPageYear: share, falsePageDays: z.number().min(0) }),
  ),
  noDriftPairs: z.array(
    z.strictObject({ pair: z.string(), detector: z.string(), pAnyPageYear: share, poolDifference: z.number() }),
  ),
  change: z.array(
    z.strictObject({
      pair: z.string(),
      detector: z.string(),
      found3: share.nullable(),
      found7: share.nullable(),
      found30: share.nullable(),
      medianDelayDays: z.number().min(1).nullable(),
      onsetErrorDays: z.number().min(0).nullable(),
      causeFirst: share.nullable(),
    }),
  ),
  mixOnly: z.array(z.strictObject({ detector: z.string(), pPage: share })),
})

const BENCH = fileURLToPath(new URL('../../evaluator/bench/detection.ts', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recordings-'))
  writeRecordings(folder)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function bench(...values: string[]): Promise<{ readonly status: number; readonly said: string }> {
  try {
    const { stderr } = await promisify(execFile)(process.execPath, [BENCH, ...values])
    return { status: 0, said: stderr }
  } catch (error) {
    const failed = z.object({ code: z.number(), stderr: z.string() }).parse(error)
    return { status: failed.code, said: failed.stderr }
  }
}

describe('another folder of recordings', () => {
  test('is measured into the JSON that others read, with all four lists filled', { timeout: 120_000 }, async () => {
    const file = join(folder, 'out.json')
    const { status, said } = await bench('--data', folder, '--quick', '--json', file)
    expect(said).not.toContain('Error')
    expect(status).toBe(0)
    const { noChange, noDriftPairs, change, mixOnly } = report.parse(JSON.parse(readFileSync(file, 'utf8')))
    for (const list of [noChange, noDriftPairs, change, mixOnly]) {
      const own = list.filter(({ detector }) => detector === 'tidemark')
      expect(own.length).toBeGreaterThan(0)
      expect(list.length).toBeGreaterThan(own.length)
    }
    // a large fall of quality in every dataset, each a pair of its own
    const found = change.filter(({ detector }) => detector === 'tidemark')
    expect(found.map(({ pair }) => pair).sort()).toEqual([
      'NameBirds/badger@2031-01-02/plain -> NameBirds/heron@2031-01-02/plain',
      'curt/t0.5 -> verbose/t0.5',
      'otter-1@2031-01-02 -> otter-2@2031-02-03',
      'vole by an owl -> shrew by an owl',
    ])
    for (const { medianDelayDays } of found) expect(medianDelayDays).toBeLessThanOrEqual(3)
    expect(new Set(mixOnly.map(({ detector }) => detector)).size).toBe(mixOnly.length)
    expect(change.some(({ detector }) => detector === `tidemark, ${QUALITY_ALONE}`)).toBe(true)
  })

  test('may lack a dataset, and says so', () => {
    rmSync(join(folder, 'open-ended'), { recursive: true })
    const said: string[] = []
    expect(readDatasets(folder, (line) => said.push(line)).map(({ name }) => name)).toEqual([
      'function-calls',
      'structured-outputs',
      'ticket-classification',
    ])
    expect(said).toEqual([`${join(folder, 'open-ended')} is not there: left out`])
  })

  test('may have no pairs: its years are measured all the same', () => {
    writeFileSync(join(folder, 'open-ended', 'pairs.jsonl'), '')
    const said: string[] = []
    const datasets = readDatasets(folder, (line) => said.push(line))
    expect(datasets.find(({ name }) => name === 'open-ended')).toMatchObject({ pairs: [], runs: [{}, {}] })
    expect(said).toEqual([expect.stringContaining('open-ended: no pair')])
  })

  test('keeps models of one prompt apart', () => {
    const file = join(folder, 'ticket-classification', 'calls.jsonl')
    const other = { model: 'dormouse', prompt_variant: 'curt', temperature: 0.5, output: 'other', correct: false }
    appendFileSync(file, `${JSON.stringify(other)}\n`)
    const runs = readDatasets(folder)
      .at(-1)
      ?.runs.map(({ name }) => name)
    expect(runs).toEqual(['mole/curt/t0.5', 'mole/verbose/t0.5', 'dormouse/curt/t0.5'])
  })

  test.each([
    ['structured-outputs', 'pairs.jsonl', '{"before": "a"}\n', 'pairs.jsonl line 2: after'],
    ['ticket-classification', 'calls.jsonl', '{"model": \n', 'calls.jsonl line 241: no valid JSON'],
    ['function-calls', 'calls-otters.jsonl', '{"mode": "telepathy"}\n', 'calls-otters.jsonl line 241: '],
  ])('a bad line of %s is named by file and line', async (dataset, file, line, message) => {
    appendFileSync(join(folder, dataset, file), line)
    const { status, said } = await bench('--data', folder, '--quick')
    expect(status).toBe(2)
    expect(said).toContain(`recorded_data_invalid: ${join(folder, dataset, message)}`)
    expect(said).not.toContain('    at ')
  })

  test.each([
    ['function-calls', 'calls-otters.jsonl', '', 'calls-otters.jsonl is empty'],
    ['open-ended', 'outputs.jsonl.gz', 'not gzip', 'outputs.jsonl.gz cannot be read'],
  ])('a file of %s that holds nothing is named', (dataset, file, text, message) => {
    writeFileSync(join(folder, dataset, file), text)
    expect(() => readDatasets(folder)).toThrow(join(folder, dataset, message))
  })

  test.each([
    ['function-calls', 'calls-otters.jsonl', 'holds no file calls-*.jsonl'],
    ['structured-outputs', 'calls.jsonl.gz', 'calls.jsonl is missing'],
    ['ticket-classification', 'runs.jsonl', 'runs.jsonl is missing'],
  ])('a file of %s that is missing is named', (dataset, file, message) => {
    rmSync(join(folder, dataset, file))
    expect(() => readDatasets(folder)).toThrow(message)
  })

  test('a dataset without enough items is named', () => {
    const file = join(folder, 'open-ended', 'outputs.jsonl')
    rmSync(`${file}.gz`)
    const one = { model: 'vole', dataset: 'letters', output: 'a', judgements: [] }
    writeFileSync(file, `${JSON.stringify(one)}\n`)
    expect(() => readDatasets(folder)).toThrow(`${join(folder, 'open-ended')} holds no run`)
  })
})
