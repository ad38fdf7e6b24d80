/**
 * Writes the files that are made from code: `node scripts/generate.ts [--check]`. With `--check` nothing is written, and
 * a file that differs ends with exit code 1.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { dashboards } from '../dashboards/src/index.ts'
import { apiPages } from '../instrumentation/tests/api-pages.ts'
import { configurationPage, configurationSchemaFile } from './generate/configuration-page.ts'
import { metricsPage } from './generate/metrics-page.ts'
import { runbookFragment } from './generate/runbook-fragment.ts'
import { ROOT } from './runner.ts'

/** Every generated file by its path in the repository, with the text it has to have. */
export function generatedFiles(): Map<string, string> {
  return new Map([
    ['docs/configuration.md', configurationPage()],
    ['docs/tidemark.schema.json', configurationSchemaFile()],
    ['docs/metrics.md', metricsPage()],
    ['evaluator/assets/runbook.html', runbookFragment()],
    ...[...dashboards()].map(([name, model]): [string, string] => [
      `dashboards/generated/${name}.json`,
      `${JSON.stringify(model, undefined, 2)}\n`,
    ]),
  ])
}

/** Paths of generated files that are missing or differ from what the code makes. */
export function staleFiles(files: ReadonlyMap<string, string> = generatedFiles()): string[] {
  return [...files].filter(([path, text]) => textOf(path) !== text).map(([path]) => path)
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(join(ROOT, path), 'utf8')
  } catch {
    return undefined
  }
}

/** Apart from the others, since typedoc needs seconds; a test of its own compares it. Nothing where typedoc cannot be had. */
function apiReference(): [string, string][] {
  return [...(apiPages() ?? [])].map(([name, text]) => [`docs/api/${name}`, text])
}

function main(words: readonly string[]): number {
  let isCheck: boolean
  try {
    isCheck = parseArgs({ args: [...words], options: { check: { type: 'boolean' } } }).values.check === true
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nUsage: npm run generate [-- --check]`)
    return 2
  }
  const files = new Map([...generatedFiles(), ...apiReference()])
  const stale = staleFiles(files)
  if (isCheck) {
    for (const path of stale) console.error(`${path} is stale: run npm run generate and commit it.`)
    return stale.length === 0 ? 0 : 1
  }
  for (const path of stale) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true })
    writeFileSync(join(ROOT, path), files.get(path) ?? '')
    console.log(`${path} written`)
  }
  if (stale.length === 0) console.log('Every generated file is up to date.')
  return 0
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2))
