import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { hasRecordedCalls, RECORDED_CALLS } from './recorded-data.ts'

const MAIN = fileURLToPath(new URL('../../playback/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tidemark-playback-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const playback = (words: readonly string[]) =>
  spawnSync(process.execPath, [MAIN, ...words], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, INIT_CWD: folder },
  })

const RUNS = ['--before', 'gpt-4o-2024-05-13@2024-08-11', '--after', 'gpt-4o-2024-05-13@2024-08-11']

test.each([
  ['no arguments', [], /--before is missing/u],
  ['an unknown option', ['--befor', 'x'], /--befor/u],
  ['days that are no number', ['--days', 'many', ...RUNS, '--data', 'x'], /--days many/u],
  [
    'a change after the end',
    ['--days', '5', '--before', 'a', '--after', 'b', '--data', 'x'],
    /--change-day 31 is after the last day, 5/u,
  ],
  ['a folder that is not there', [...RUNS, '--data', 'nowhere'], /There is no folder .*nowhere/u],
])('%s: exit code 2 and what to do', (_, words, message) => {
  const { status, stderr } = playback(words)
  expect(stderr).toMatch(message)
  expect(status).toBe(2)
})

test('--help explains the control', () => {
  const { status, stdout } = playback(['--help'])
  expect(status).toBe(0)
  expect(stdout).toMatch(/control/u)
})

describe.skipIf(!hasRecordedCalls)('with recordings', () => {
  const data = relative(folder, RECORDED_CALLS)

  test('an unknown run: exit code 2 and the runs that look like it', () => {
    const { status, stderr } = playback(['--data', data, '--before', 'gpt-4o-2024-05-31@2024-08-11', '--after', 'x'])
    expect(status).toBe(2)
    expect(stderr).toMatch(/no run gpt-4o-2024-05-31@2024-08-11/u)
    expect(stderr).toMatch(/gpt-4o-2024-05-13@2024-08-11/u)
  })

  test('more calls a day than there are cases: exit code 2 and how many there are', () => {
    const { status, stderr } = playback(['--data', data, ...RUNS, '--per-day', '2000'])
    expect(status).toBe(2)
    expect(stderr).toMatch(/--per-day 2000 is more than the 744 cases/u)
  })

  test('paths are relative to where npm was called, and the result lies in the file named', () => {
    const { status, stderr, stdout } = playback([
      '--data',
      data,
      ...RUNS,
      '--days',
      '3',
      '--per-day',
      '30',
      '--json',
      'out.json',
    ])
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toMatch(/No page in 3 days/u)
    const result: unknown = JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'))
    expect(Object.keys(result ?? {})).toEqual([
      'agent',
      'days',
      'changeDay',
      'verdict',
      'pageDay',
      'onsetDay',
      'onsetSet',
      'causes',
      'scores',
      'calls',
      'seconds',
    ])
    expect(result).toMatchObject({ days: 3, changeDay: null, pageDay: null, calls: 340 })
  })
})
