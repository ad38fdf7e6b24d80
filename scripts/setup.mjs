// Makes a fresh clone ready: dependencies, Node 24, build. Runs on the Node that is there, so it is plain JavaScript
// without dependencies. Does nothing when everything is in place.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const stamp = join(modules, '.tidemark-setup')
const packages = ['instrumentation', 'examples/support-triage', 'evaluator', 'dashboards']

const lock = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  console.log('Installing dependencies …')
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(stamp, lock)
}
run(node24(), [join(modules, 'typescript', 'bin', 'tsc'), '-b', ...packages])

/** Node 24 comes as an npm package on Linux x64; elsewhere the one that is there must be new enough. */
function node24() {
  const packaged = join(modules, '.bin', 'node')
  if (existsSync(packaged)) return packaged
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 24 || (major === 24 && minor >= 9)) return process.execPath
  console.error(
    `Tidemark needs Node 24.9 or newer, this is ${process.versions.node}. On Linux x64 it is installed as an npm package ` +
      `(is npm configured to omit optional dependencies?); on ${process.platform} ${process.arch} install Node 24 and run this again.`,
  )
  process.exit(1)
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
