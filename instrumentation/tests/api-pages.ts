/** The API reference in docs/api, made from the sources by typedoc; `npm run generate` writes it anew. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scratchInstall } from './npm-scratch.ts'

const API_FOLDER = fileURLToPath(new URL('../../docs/api', import.meta.url))
const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

/** typedoc reads the sources with a compiler of its own, since it does not know the major that builds them. */
const TOOLS = { typedoc: '0.28.20', 'typedoc-plugin-markdown': '4.14.1', typescript: '6.0.3' }

/**
 * Every page by its name. `undefined` where the registry does not give typedoc.
 * @throws {Error} what typedoc complains of: an export without a word of documentation, a link to nowhere
 */
export function apiPages(): ReadonlyMap<string, string> | undefined {
  const tools = scratchInstall(TOOLS)
  if (tools === undefined) return undefined
  const { resolve } = createRequire(join(tools, 'package.json'))
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-api-'))
  try {
    const words = ['--options', 'typedoc.json', '--plugin', resolve('typedoc-plugin-markdown'), '--out', folder]
    const { status, stdout, stderr } = spawnSync(join(tools, 'node_modules', '.bin', 'typedoc'), words, {
      cwd: PACKAGE,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    })
    if (status !== 0) throw new Error(`${stdout}${stderr}`)
    return new Map(
      readdirSync(folder)
        .toSorted()
        .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The pages as they stand in the repository. */
export function writtenPages(): ReadonlyMap<string, string> {
  const names = readdirSync(API_FOLDER).toSorted()
  return new Map(names.map((name) => [name, readFileSync(join(API_FOLDER, name), 'utf8')]))
}
