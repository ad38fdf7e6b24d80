import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { parseConfiguration } from '../../evaluator/src/config.ts'
import { MODEL_AFTER, MODEL_BEFORE } from '../../evaluator/src/demo/measured-rates.ts'
import { SHADOW_RUNS } from '../../evaluator/src/service/slot-runner.ts'
import { readText, ROOT } from './repository.ts'

const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'docs/playback.md']
const LARGEST_PICTURE_BYTES = 200_000
const readme = readText('README.md')

describe.each(DOCUMENTS)('%s', (document) => {
  const text = readText(document)

  test('names only scripts that package.json has', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readText('package.json')))
    const named = [...text.matchAll(/npm (?:run )?([a-z][a-z:]*)/gu)].map((match) => match[1] ?? '')
    const own = named.filter((name) => !['install', 'ci', 'run', 'and', 'on', 'package', 'with'].includes(name))
    expect(own.filter((name) => scripts[name] === undefined)).toEqual([])
    expect(own.length).toBeGreaterThan(0)
  })

  test('names only commands and options that the command line knows', () => {
    const lines = [...text.matchAll(/^npx tidemark ((?:[a-z]+ ?)+)([^#\n]*)/gmu)]
    for (const [line, words = '', rest = ''] of lines) {
      const help = helpOf(words.trim().split(' '))
      const options = rest.match(/--[a-z-]+/gu) ?? []
      expect(
        options.filter((option) => !help.includes(option)),
        line,
      ).toEqual([])
    }
  })
})

describe('README.md', () => {
  test('has a configuration that is accepted', () => {
    const yaml = /```yaml\n([\s\S]*?)```/u.exec(readme)?.[1] ?? ''
    expect(parseConfiguration(yaml, 'README.md').agents['support-triage']?.timeZone).toBe('Europe/Berlin')
  })

  test('names the rates and the shadow runs that the code has', () => {
    expect(readme).toContain(`(in a code fence: ${Math.round(MODEL_BEFORE.forms.fenced * 600)} of 600)`)
    expect(readme).toContain(`(${Math.round(MODEL_AFTER.forms.fenced * 600)} of 600)`)
    expect(readme).toMatch(new RegExp(`${SHADOW_RUNS} informative runs`, 'u'))
  })

  test('shows a picture of at most 200 kB', () => {
    expect(statSync(join(ROOT, 'docs/images/verdict.png')).size).toBeLessThan(LARGEST_PICTURE_BYTES)
  })
})

/** Commands that only say what stands below them. */
const COMMANDS_OF_TWO = new Set(['baseline', 'change', 'exclude', 'incident', 'sentinel', 'store'])

/** Help of a command; words behind the last one that is a command are arguments. */
function helpOf(words: readonly string[]): string {
  const command = words.slice(0, COMMANDS_OF_TWO.has(words[0] ?? '') ? 2 : 1)
  const { status, stdout } = spawnSync(process.execPath, ['evaluator/bin/tidemark.js', ...command, '--help'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  expect(status, command.join(' ')).toBe(0)
  expect(stdout).toContain(`Usage: tidemark ${command.join(' ')}`)
  return stdout
}
