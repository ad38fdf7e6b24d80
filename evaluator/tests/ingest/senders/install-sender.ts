import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packagesOf } from './senders.ts'

const LOCKS = fileURLToPath(new URL('locks/', import.meta.url))
/** Their peers exclude each other and the clients they say they support. No install script is run. */
const FLAGS = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--prefer-offline',
  '--legacy-peer-deps',
  '--loglevel=error',
]

/**
 * A folder outside the repository with a sender's packages, as its lock pins them: installed once, then found again by
 * the lock's hash. `npm ci` refuses a lock that is not of these packages.
 * Undefined with one line where the registry does not give them.
 * @throws {Error} the same, where everything is required
 */
export function installSender(name: string): string | undefined {
  const manifest = JSON.stringify({ name: 'sender', private: true, dependencies: packagesOf(name) })
  const lock = join(LOCKS, `${name}.json`)
  const key = createHash('sha256').update(manifest).update(readFileSync(lock)).digest('hex').slice(0, 16)
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folder = join(cache, 'tidemark', 'npm', `${name}-${key}`)
  if (existsSync(folder)) return folder
  mkdirSync(dirname(folder), { recursive: true })
  // the folder gets its name when it is complete, so that an interrupted install is never taken for one
  const draft = mkdtempSync(`${folder}-`)
  writeFileSync(join(draft, 'package.json'), manifest)
  copyFileSync(lock, join(draft, 'package-lock.json'))
  const { status, stderr, error } = spawnSync('npm', ['ci', ...FLAGS], {
    cwd: draft,
    encoding: 'utf8',
    timeout: 300_000,
  })
  if (status === 0 && !existsSync(folder)) renameSync(draft, folder)
  else rmSync(draft, { recursive: true })
  if (status === 0) return folder
  const missing = `npm does not give the packages of ${name} (${error?.message ?? stderr.trim().split('\n').slice(0, 3).join('; ')})`
  if (process.env['TIDEMARK_REQUIRE_ALL'] === '1') throw new Error(`${missing}, and everything is required`)
  console.log(`skipped: ${missing}`)
  return undefined
}

/** Writes the lock of a sender anew, after its packages were changed: `node install-sender.ts ai-sdk-5`. */
export function writeLock(name: string): void {
  const draft = mkdtempSync(join(LOCKS, '..', 'lock-'))
  writeFileSync(
    join(draft, 'package.json'),
    JSON.stringify({ name: 'sender', private: true, dependencies: packagesOf(name) }),
  )
  const flags = ['--package-lock-only', '--omit-lockfile-registry-resolved', ...FLAGS]
  const { status, stderr } = spawnSync('npm', ['install', ...flags], { cwd: draft, encoding: 'utf8' })
  if (status === 0) copyFileSync(join(draft, 'package-lock.json'), join(LOCKS, `${name}.json`))
  rmSync(draft, { recursive: true })
  if (status !== 0) throw new Error(stderr)
}

if (import.meta.main) {
  mkdirSync(LOCKS, { recursive: true })
  for (const name of process.argv.slice(2)) writeLock(name)
}
