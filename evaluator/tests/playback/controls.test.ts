import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { recordedData } from '../../../tests/recorded-data.ts'

const CONTROLS = fileURLToPath(new URL('../../playback/controls.ts', import.meta.url))
const data = recordedData('function-calls')
const folder = mkdtempSync(join(tmpdir(), 'tidemark-controls-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const controls = (words: readonly string[]) =>
  spawnSync(process.execPath, [CONTROLS, ...words], {
    encoding: 'utf8',
    timeout: 90_000,
    env: { ...process.env, INIT_CWD: folder },
  })

test.each([
  ['no folder', [], /--data is missing[^]*npm run playback:controls -- --help/u],
  ['an unknown option', ['--seed', '1'], /--seed[^]*npm run playback:controls -- --help/u],
  ['a seed that is no number', ['--data', 'x', '--seeds', '1,two'], /--seeds two is no whole number/u],
  ['a seed twice', ['--data', 'x', '--seeds', '3,1,3'], /--seeds 3,1,3 names a seed twice/u],
  ['days that are no number', ['--data', 'x', '--days', 'many'], /--days many/u],
  ['a folder that is not there', ['--data', 'nowhere'], /There is no folder .*nowhere/u],
])('%s: exit code 2 and what to do', (_, words, message) => {
  const { status, stderr } = controls(words)
  expect(stderr).toMatch(message)
  expect(status).toBe(2)
})

test('--help says what the exit code means', () => {
  const { status, stdout } = controls(['--help'])
  expect(status).toBe(0)
  expect(stdout).toMatch(/0 when at most one control pages, 1 when more do/u)
})

describe.skipIf(data === undefined)('with recordings', () => {
  test('each seed is a control of its own, with a line and a result', () => {
    const words = ['--data', data ?? '', '--days', '4', '--per-day', '40', '--seeds', '7,8', '--json', 'out.json']
    const { status, stdout, stderr } = controls(words)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^seed 7: no page in 4 days, stable; 410 calls in [\d.]+ s$/u),
      expect.stringMatching(/^seed 8: no page in 4 days, stable; 410 calls in [\d.]+ s$/u),
      'pages: 0 of 2',
    ])
    const written: unknown = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'))
    expect(written).toMatchObject({
      run: 'gpt-4o-2024-05-13@2024-08-11',
      days: 4,
      perDay: 40,
      pages: 0,
      controls: [
        { seed: 7, agent: 'gpt-4o-prompt', changeDay: null, pageDay: null },
        { seed: 8, agent: 'gpt-4o-prompt', changeDay: null, pageDay: null },
      ],
    })
  })
})
