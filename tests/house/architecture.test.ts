import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { projectFiles, readText, ROOT, sectionOf } from './repository.ts'

const DOCUMENTS = [
  'ARCHITECTURE.md',
  'README.md',
  'CONTRIBUTING.md',
  ...projectFiles().filter((path) => /^docs\/.*\.md$/u.test(path)),
]
const FOLDERS = topFolders()
const WAY_OF_A_CALL = 'The way of one LLM call, from fetch to the page'

describe.each(DOCUMENTS)('%s', (document) => {
  const text = readText(document)

  test('names only files and folders that exist', () => {
    expect(namedPaths(text).filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  test('links to nothing that is missing', () => {
    const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/gu)].map((match) => match[1] ?? '')
    expect(targets.filter((target) => !existsSync(join(ROOT, dirname(document), target)))).toEqual([])
  })
})

test('a path in a sentence, in quotes and in a command is found', () => {
  const text = 'See evaluator/src/gone.ts, `docs/gone.md` and: node scripts/gone.ts --check. Not https://a.test/docs.'
  expect(namedPaths(text)).toEqual(['docs/gone.md', 'evaluator/src/gone.ts', 'scripts/gone.ts'])
})

describe('ARCHITECTURE.md', () => {
  const text = readText('ARCHITECTURE.md')

  test('has a line for every folder of the project that holds sources', () => {
    const lines = sectionOf(text, 'The tree')
    const inTable = [...lines.matchAll(/^\| `([^`]+)`/gmu)].map((match) => match[1] ?? '')
    const missing = sourceFolders().filter(
      (folder) => !inTable.some((named) => folder === named || folder.startsWith(`${named}/`)),
    )
    expect(missing).toEqual([])
    for (const folder of readdirSync(join(ROOT, 'evaluator/src')).filter(isFolderOfEvaluator))
      expect(inTable).toContain(`evaluator/src/${folder}`)
  })

  test('names short file names only once their folder is clear', () => {
    const short = [...text.matchAll(/`([a-z0-9-]+\.ts)`/gu)].map((match) => match[1] ?? '')
    const files = projectFiles()
    for (const name of short) expect(files.filter((path) => path.endsWith(`/${name}`)).length, name).toBe(1)
  })

  test('says of each folder what the linter lets it import', () => {
    const table = sectionOf(text, 'Who may import whom')
    const said = [...table.matchAll(/^\| `(\w+)` +\| ([^|]*) \|$/gmu)].map((match) => ({
      folder: match[1] ?? '',
      imports: [...(match[2] ?? '').matchAll(/`(\w+)`/gu)].map((name) => name[1] ?? ''),
    }))
    expect(said.toSorted((a, b) => (a.folder < b.folder ? -1 : 1))).toEqual(
      allowedImports().toSorted((a, b) => (a.folder < b.folder ? -1 : 1)),
    )
  })

  test('leads a call through every part of both halves', () => {
    const steps = sectionOf(text, WAY_OF_A_CALL)
    expect(steps.match(/^\d+\. /gmu)?.length).toBeGreaterThan(10)
    const parts = ['http', 'ingest', 'store', 'schedule', 'scoring', 'verdict', 'statistics', 'publish', 'service']
    for (const part of ['instrumentation/src/', ...parts.map((name) => `evaluator/src/${name}/`), 'alerts/rules/'])
      expect(steps).toContain(part)
  })

  test.each(['One escalation', 'One verdict', WAY_OF_A_CALL])('names in "%s" only files that really run', (heading) => {
    const named = namedPaths(sectionOf(text, heading)).filter((path) =>
      /^(instrumentation|evaluator|examples)\//u.test(path),
    )
    const sources = named.filter((path) => path.endsWith('.ts'))
    const running = reachableFrom([
      'examples/support-triage/src/index.ts',
      'instrumentation/src/index.ts',
      'evaluator/src/cli/main.ts',
    ])
    expect(sources.length).toBeGreaterThan(5)
    expect(sources.filter((path) => !running.has(path))).toEqual([])
  })
})

/** Paths in code quotes and code blocks that begin in a top folder of the project, or are files of the root. */
function namedPaths(text: string): string[] {
  const words = text.match(/[\w@.-]+(?:\/[\w@.-]+)+\/?|\b[A-Z]+\.md\b|\.[a-z]+\.json\b/gu) ?? []
  const paths = words
    .map((word) => word.replace(/[.,:]$/u, ''))
    .filter((word) => FOLDERS.has(word.split('/')[0] ?? '') || (!word.includes('/') && /\.(md|json)$/u.test(word)))
    // a rendered or built place, not one of the sources
    .filter((word) => !word.includes('node_modules'))
  return [...new Set(paths)].toSorted()
}

/** Files that an entry imports, and those that they import, and so on; packages left out. */
function reachableFrom(entries: readonly string[]): Set<string> {
  const reached = new Set<string>()
  const waiting = [...entries]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    const targets = readText(path).matchAll(/(?:from|import\() ?'(\.{1,2}\/[^']+\.ts)'/gu)
    for (const [, target = ''] of targets) waiting.push(join(dirname(path), target))
  }
  return reached
}

function topFolders(): Set<string> {
  return new Set(projectFiles().flatMap((path) => (path.includes('/') ? [path.split('/')[0] ?? ''] : [])))
}

function sourceFolders(): string[] {
  const folders = projectFiles()
    .filter((path) => path.endsWith('.ts') && path.includes('/'))
    .map((path) => path.slice(0, path.lastIndexOf('/')))
  return [...new Set(folders)].toSorted()
}

function isFolderOfEvaluator(name: string): boolean {
  return statSync(join(ROOT, 'evaluator/src', name)).isDirectory()
}

function allowedImports(): { folder: string; imports: string[] }[] {
  const pattern = z.object({ regex: z.string() })
  const rule = z.union([z.string(), z.tuple([z.string(), z.object({ patterns: z.array(pattern) })])]).optional()
  const { overrides } = z
    .object({
      overrides: z.array(z.object({ files: z.array(z.string()), rules: z.object({ 'no-restricted-imports': rule }) })),
    })
    .parse(JSON.parse(readText('.oxlintrc.json')))
  const parts = ['config', ...readdirSync(join(ROOT, 'evaluator/src')).filter(isFolderOfEvaluator)].toSorted()
  return overrides.flatMap(({ files, rules }) => {
    const folder = /^evaluator\/src\/(\w+)\/\*\*\/\*\.ts$/u.exec(files[0] ?? '')?.[1]
    const found = rules['no-restricted-imports']
    if (folder === undefined || typeof found !== 'object') return []
    const forbidden = found[1].patterns.map(({ regex }) => new RegExp(regex, 'u'))
    const mayImport = (part: string): boolean =>
      !forbidden.some((one) => one.test(`../${part}/any.ts`) || one.test(`../${part}.ts`))
    return [{ folder, imports: parts.filter((part) => part !== folder && mayImport(part)) }]
  })
}
