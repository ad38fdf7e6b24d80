import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findPostgres } from '../../scripts/components/postgres.ts'
import { removeFolder, temporaryFolder } from './temporary-folder.ts'

let folder = ''
beforeEach(() => (folder = temporaryFolder('postgres')))
afterEach(() => removeFolder(folder))

function program(path: string, version: string): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `#!/bin/sh\necho 'postgres (PostgreSQL) ${version} (Debian ${version}-0+deb12u1)'\n`)
  chmodSync(path, 0o755)
  return path
}

test('the newest server of Debian’s folder is taken, which is not on PATH', async () => {
  program(join(folder, '9.6', 'bin', 'postgres'), '9.6.24')
  program(join(folder, '13', 'bin', 'postgres'), '13.4')
  const newest = program(join(folder, '15', 'bin', 'postgres'), '15.18')
  expect(await findPostgres({ PATH: '' }, folder)).toEqual({ path: newest, version: '15.18' })
})

test('without one there, the server on PATH is taken', async () => {
  const onPath = program(join(folder, 'bin', 'postgres'), '17.2')
  expect(await findPostgres({ PATH: join(folder, 'bin') }, join(folder, 'nowhere'))).toEqual({
    path: onPath,
    version: '17.2',
  })
})

test('a server that is too old, and a file that does not run, are not taken', async () => {
  program(join(folder, '12', 'bin', 'postgres'), '12.22')
  mkdirSync(join(folder, '16', 'bin'), { recursive: true })
  writeFileSync(join(folder, '16', 'bin', 'postgres'), 'not a program', { mode: 0o755 })
  expect(await findPostgres({ PATH: '' }, folder)).toBeUndefined()
})
