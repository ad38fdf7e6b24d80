import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'

/** Package names with exact versions. */
export type Packages = Readonly<Record<string, string>>

/**
 * A folder outside the repository whose node_modules hold these packages: installed once, then found again by their hash.
 * Undefined with one line where the registry does not give them.
 * @throws {Error} the same, where everything is required
 */
export function scratchInstall(packages: Packages): string | undefined {
  const key = createHash('sha256').update(JSON.stringify(packages)).digest('hex').slice(0, 16)
  const folder = join(cacheFolder(), 'tidemark', 'npm', key)
  if (existsSync(folder)) return folder
  mkdirSync(dirname(folder), { recursive: true })
  const draft = mkdtempSync(`${folder}-`)
  const failure = install(draft, packages)
  if (failure === undefined) {
    if (!existsSync(folder)) renameSync(draft, folder)
    else rmSync(draft, { recursive: true })
    return folder
  }
  rmSync(draft, { recursive: true })
  const missing = `npm does not give ${Object.keys(packages).join(', ')} (${failure})`
  if (process.env['TIDEMARK_REQUIRE_ALL'] === '1') throw new Error(`${missing}, and everything is required`)
  console.log(`skipped: ${missing}`)
  return undefined
}

/** Installs into a folder, by the npm of the path; what went wrong, or undefined. No install script is run. */
export function install(folder: string, dependencies: Packages): string | undefined {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'scratch', private: true, dependencies }))
  const { status, stderr, error } = spawnSync(
    'npm',
    ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'],
    { cwd: folder, encoding: 'utf8', timeout: 300_000 },
  )
  if (status === 0) return undefined
  return error?.message ?? stderr.trim().split('\n').slice(0, 3).join('; ')
}

/** Where caches belong; a variable that is empty counts as unset. */
function cacheFolder(): string {
  const home = homedir() || userInfo().homedir
  return process.env['XDG_CACHE_HOME'] || join(home, '.cache')
}
