/**
 * PostgreSQL as the tests run it: the server of this machine, in a cluster of their own. It is no Go program and no single
 * file, so it is not built: Debian's package is installed where this may be done.
 */
import { constants } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { runCommand } from './run-command.ts'

const DEBIAN_FOLDER = '/usr/lib/postgresql'
/** The oldest major version that is tried. */
const OLDEST = 13

/** The newest server on this machine, as the path of its program `postgres`; Debian keeps it off PATH. */
export async function findPostgres(
  environment: NodeJS.ProcessEnv,
  debianFolder = DEBIAN_FOLDER,
): Promise<{ path: string; version: string } | undefined> {
  const onPath = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const installed = (await readdir(debianFolder).catch(() => [])).toSorted((a, b) => Number(b) - Number(a))
  for (const folder of [...installed.map((version) => join(debianFolder, version, 'bin')), ...onPath]) {
    const path = join(folder, 'postgres')
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (!isThere) continue
    const answer = await runCommand(path, ['--version']).catch(() => '')
    const version = /\(PostgreSQL\) (\d+(?:\.\d+)*)/u.exec(answer)?.[1]
    if (version !== undefined && Number.parseInt(version) >= OLDEST) return { path, version }
  }
  return undefined
}

/** Installs Debian's server. Returns why it could not be, or nothing. */
export async function installPostgres(report: (line: string) => void): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'installing it needs root: apt-get install postgresql'
  const run = (...parameters: string[]): Promise<string> =>
    runCommand('apt-get', parameters, {
      environment: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      onProgress: (seconds) => report(`installing postgresql, ${seconds} s`),
    })
  try {
    report('installing postgresql from the packages of this machine')
    await run('-q', 'update')
    await run('-q', 'install', '-y', '--no-install-recommends', 'postgresql')
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
