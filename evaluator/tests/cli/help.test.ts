import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../engine.ts'
import { tidemark, type Finished } from './tidemark-process.ts'

/** Commands whose result is a text for another program, or that name a file for it. */
const WITHOUT_JSON = new Set(['completion', 'config schema', 'demo'])
const AT_ONCE = 4

let database: TestDatabase
beforeAll(async () => {
  database = testDatabase()
  await database.create()
  writeFileSync(join(database.folder, 'tidemark.yaml'), JSON.stringify({ store: { url: database.url } }))
})
afterAll(() => database.remove())

const run = (...args: string[]) => tidemark(args, database.folder)

test(
  'every command explains itself, takes --json, shows the one table of exit codes, and answers a typo with 2',
  { timeout: 600_000 },
  async () => {
    const found = await commandsBelow([])
    const leaves = found.map(({ words }) => words)
    expect(leaves.map((words) => words.join(' '))).toEqual(
      expect.arrayContaining(['serve', 'check', 'baseline freeze', 'config diff', 'completion', 'incident resolve']),
    )
    await eachOf(found, async ({ words, help }) => {
      const name = words.join(' ')
      expect(help, name).toMatchObject({ code: 0, stderr: '' })
      expect(help.stdout, name).toMatch(/Exit codes:\n {2}0 {2}done.*\n {2}1 .*\n {2}2 .*\n {2}3 .*\n {2}4 /u)
      expect(help.stdout.split('\n')[2]?.length, name).toBeGreaterThan(15)
      if (!WITHOUT_JSON.has(name)) expect(help.stdout, name).toContain('--json')
      const typo = await run(...words, '--no-such-option')
      expect(typo.code, name).toBe(2)
      expect(typo.stderr, name).toMatch(/unknown option|missing required argument|required option/u)
    })
  },
)

test('bash completes commands, commands below them, and options', async () => {
  const { stdout: script } = await run('completion', 'bash')
  const complete = async (...words: string[]): Promise<string[]> => {
    const ask = `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})\nCOMP_CWORD=${words.length - 1}\n_tidemark\nprintf '%s\\n' "\${COMPREPLY[@]}"`
    return (await promisify(execFile)('bash', ['-c', ask])).stdout.trim().split('\n')
  }
  expect(await complete('tidemark', 'base')).toEqual(['baseline'])
  expect(await complete('tidemark', 'baseline', 'fr')).toEqual(['freeze'])
  expect(await complete('tidemark', 'baseline', 'freeze', '--agent', 'x', '--pro')).toEqual(['--production'])
  expect(await complete('tidemark', 'verdict', '--rec')).toEqual(['--recompute'])
})

test('zsh and fish get a script with every command, and another shell is misuse', async () => {
  for (const shell of ['zsh', 'fish']) {
    const { code, stdout } = await run('completion', shell)
    expect(code).toBe(0)
    for (const word of ['baseline', 'freeze', 'incident', 'config', 'production']) expect(stdout).toContain(word)
  }
  expect(await run('completion', 'csh')).toMatchObject({ code: 2, stderr: expect.stringContaining('csh') as string })
})

test('a command that changes something stands in the audit log, one that only looks does not', async () => {
  const change = ['change', 'add', '--agent', 'triage', '--kind', 'data', '--value', 'catalogue-7', '--by', 'ada']
  expect(await run(...change)).toMatchObject({ code: 0 })
  expect((await run('change', 'add', '--agent', 'triage', '--kind', 'nothing', '--value', 'x')).code).toBe(2)
  await run('check')
  const rows = await database.query('select who, action, agent, detail from audit_entry')
  expect(rows).toEqual([{ who: 'ada', action: 'change add', agent: 'triage', detail: 'kind data, value catalogue-7' }])
})

type Leaf = { readonly words: string[]; readonly help: Finished }

/** Commands without commands below them, with their help. */
async function commandsBelow(words: string[]): Promise<Leaf[]> {
  const help = await run(...words, '--help')
  const part = help.stdout.split('\nCommands:\n')[1]?.split('\n\n')[0] ?? ''
  const names = [...part.matchAll(/^ {2}([a-z][\w-]*)/gmu)]
    .map((match) => match[1] ?? '')
    .filter((one) => one !== 'help')
  if (names.length === 0) return [{ words, help }]
  const below: Leaf[] = []
  await eachOf(names, async (name) => {
    below.push(...(await commandsBelow([...words, name])))
  })
  return below
}

async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}
