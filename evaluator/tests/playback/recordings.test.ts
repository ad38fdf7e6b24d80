import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readPromptTemplates, readRecordings } from '../../playback/recordings.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-recordings-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = (name: string, model: string) => ({
  run: name,
  model,
  agent: 'some-family/prompt',
  provider: 'somewhere',
  mode: 'prompt',
  recorded_on: '2031-01-02',
})

const call = (model: string, caseId: string) => ({
  agent: 'some-family/prompt',
  model,
  mode: 'prompt',
  recorded_on: '2031-01-02',
  case_id: caseId,
  category: 'c',
  input: { messages: [{ role: 'user', content: 'q' }], tools: [] },
  output_kind: 'text',
  output: '[f()]',
  latency_s: null,
  input_tokens: null,
  output_tokens: 5,
})

const lines = (...values: unknown[]): string =>
  values.map((value) => `${typeof value === 'string' ? value : JSON.stringify(value)}\n`).join('')
const write = (file: string, text: string): void =>
  writeFileSync(join(folder, file), file.endsWith('.gz') ? gzipSync(text) : text)

const invalid = (message: RegExp) =>
  expect.objectContaining({ code: 'recorded_data_invalid', message: expect.stringMatching(message) })

test('the calls of the runs named are read, from plain and from packed files', () => {
  write('runs.jsonl', lines(run('a@1', 'model-a'), run('b@1', 'model b/é')))
  write('calls-x.jsonl.gz', lines(call('model-a', 'one'), call('model b/é', 'one')))
  write('calls-y.jsonl', lines(call('model-a', 'two'), call('another', 'two')))
  const [a, b] = readRecordings(folder, ['a@1', 'b@1'])
  expect([...(a?.calls.keys() ?? [])]).toEqual(['one', 'two'])
  expect([...(b?.calls.keys() ?? [])]).toEqual(['one'])
})

test('an unknown run is named, with the runs that look like it', () => {
  write('runs.jsonl', lines(run('gpt-x-2031@01', 'a'), run('other@02', 'b')))
  write('calls-x.jsonl', lines(call('a', 'one')))
  expect(() => readRecordings(folder, ['gpt-x-2013@01'])).toThrow(
    expect.objectContaining({
      code: 'argument_invalid',
      message: expect.stringContaining('gpt-x-2013@01'),
      next: expect.stringMatching(/such as gpt-x-2031@01/u),
    }),
  )
})

test.each([
  ['no JSON', lines(call('model-a', 'one'), '{"model": "model-a"'), /calls-x\.jsonl line 2: no valid JSON/u],
  [
    'another line than an object',
    lines(call('model-a', 'one'), '', 'nonsense'),
    /calls-x\.jsonl line 3: no valid JSON/u,
  ],
  [
    'a field of the wrong type',
    lines({ ...call('model-a', 'one'), latency_s: 'fast' }),
    /calls-x\.jsonl line 1: latency_s/u,
  ],
  ['a missing field', lines({ ...call('model-a', 'one'), input: {} }), /line 1: input\.messages/u],
])('%s is told with file and line', (_, text, message) => {
  write('runs.jsonl', lines(run('a@1', 'model-a')))
  write('calls-x.jsonl', text)
  expect(() => readRecordings(folder, ['a@1'])).toThrow(
    expect.objectContaining({ code: 'recorded_data_invalid', message: expect.stringMatching(message) }),
  )
})

test('a folder that is not there, files that are not there and a run without calls are told', () => {
  expect(() => readRecordings(join(folder, 'missing'), ['a@1'])).toThrow(invalid(/There is no folder .*missing/u))
  expect(() => readRecordings(folder, ['a@1'])).toThrow(invalid(/runs\.jsonl cannot be read/u))
  write('runs.jsonl', lines(run('a@1', 'model-a')))
  expect(() => readRecordings(folder, ['a@1'])).toThrow(invalid(/no file calls-/u))
  write('calls-x.jsonl', lines(call('another', 'one')))
  expect(() => readRecordings(folder, ['a@1'])).toThrow(invalid(/no calls of the run a@1/u))
  writeFileSync(join(folder, 'calls-z.jsonl.gz'), 'no gzip')
  expect(() => readRecordings(folder, ['a@1'])).toThrow(invalid(/calls-z\.jsonl\.gz cannot be read/u))
  expect(() => readPromptTemplates(folder)).toThrow(invalid(/prompt-templates\.json cannot be read/u))
})
