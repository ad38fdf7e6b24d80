import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildKey, buildOf } from '../../scripts/components/pinned.ts'
import { removeFolder, temporaryFolder } from './temporary-folder.ts'

const script = join(import.meta.dirname, '..', '..', 'scripts', 'components.ts')

let folder = ''
beforeEach(() => (folder = temporaryFolder('components')))
afterEach(() => removeFolder(folder))

/** A program that answers `--version` as those of the Prometheus family do. */
function program(path: string, version: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `#!/bin/sh\necho 'promtool, version ${version} (branch: , revision: unknown)'\n`)
  chmodSync(path, 0o755)
}

function components(
  parameters: string[],
  environment: Record<string, string> = {},
): { status: number | null; stdout: string; stderr: string } {
  mkdirSync(join(folder, 'bin'), { recursive: true })
  // nothing of this machine: no go, no apt-get
  const env = { HOME: folder, PATH: join(folder, 'bin'), ...environment }
  return spawnSync(process.execPath, [script, ...parameters], { encoding: 'utf8', env })
}

const cached = (): string => join(folder, '.cache', 'tidemark', 'components', buildKey(buildOf('promtool')), 'promtool')

describe('node scripts/components.ts --no-build', () => {
  test('takes the program on PATH when it has the pinned version', () => {
    program(join(folder, 'bin', 'promtool'), '3.13.5')
    program(cached(), '3.13.5')
    expect(components(['--no-build', 'promtool']).stdout).toContain(join(folder, 'bin', 'promtool'))
  })

  test('takes the cache when the one on PATH has another version', () => {
    program(join(folder, 'bin', 'promtool'), '2.42.0')
    program(cached(), '3.13.5')
    expect(components(['--no-build', 'promtool']).stdout).toContain(`promtool      3.13.5    ${cached()}`)
  })

  test('does not take a cached file that does not run, nor one of another version', () => {
    program(cached(), '3.12.0')
    expect(components(['--no-build', 'promtool']).stdout).toContain('skipped:')
    writeFileSync(cached(), 'not a program')
    expect(components(['--no-build', 'promtool']).stdout).toContain('skipped:')
  })

  test('takes a program from Debian only where no Go can build the pinned one', () => {
    const debian = join(folder, '.cache', 'tidemark', 'components', `prometheus-debian-${process.arch}`, 'promtool')
    program(debian, '3.5.3')
    expect(components(['--no-build', 'promtool']).stdout).toContain(`promtool      3.5.3     ${debian}`)
    const go = join(folder, 'bin', 'go')
    writeFileSync(go, '#!/bin/sh\necho go1.30.0\n')
    chmodSync(go, 0o755)
    expect(components(['--no-build', 'promtool']).stdout).toContain('skipped:')
  })

  test('says in one line what is skipped and what to do, and fails only when everything is required', () => {
    const skipped = components(['--no-build', 'amtool'])
    expect(skipped.stdout).toMatch(
      /amtool +- +skipped: amtool 0\.34\.2 is neither on PATH nor in .*: run npm run components\n/u,
    )
    expect(skipped.status).toBe(0)
    expect(components(['--no-build', 'amtool'], { TIDEMARK_REQUIRE_ALL: '1' }).status).toBe(1)
  })

  test('the cache follows XDG_CACHE_HOME', () => {
    const elsewhere = join(folder, 'elsewhere', 'tidemark', 'components', buildKey(buildOf('promtool')), 'promtool')
    program(elsewhere, '3.13.5')
    expect(components(['--no-build', 'promtool'], { XDG_CACHE_HOME: join(folder, 'elsewhere') }).stdout).toContain(
      elsewhere,
    )
  })

  test('an empty HOME and XDG_CACHE_HOME count as unset, the cache is not looked for in the working directory', () => {
    const { stdout } = components(['--no-build', 'amtool'], { HOME: '', XDG_CACHE_HOME: '' })
    // a machine may have amtool in its user's cache: both answers name the folder
    expect(stdout).toContain(join(userInfo().homedir, '.cache', 'tidemark', 'components'))
  })

  test('an unknown name is a mistake in the call', () => {
    const { status, stderr } = components(['prometeus'])
    expect(status).toBe(2)
    expect(stderr).toContain(
      "Unknown component 'prometeus'. Known: promtool, prometheus, alertmanager, amtool, postgres.",
    )
  })
})

test('a Go that is too old is refused with both versions', () => {
  const go = join(folder, 'bin', 'go')
  mkdirSync(dirname(go), { recursive: true })
  writeFileSync(go, '#!/bin/sh\necho go1.19.8\n')
  chmodSync(go, 0o755)
  const { stdout } = components(['promtool'])
  expect(stdout).toContain('Go: go1.19.8 is older than go1.26.0')
})
