/**
 * Debian's unstable suite as a source of programs for machines without Go. Its Go programs need nothing but a C library
 * that Debian 12 has, so they run when unpacked into any folder; the machine's own package lists are not touched.
 */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from './run-command.ts'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Why packages of the unstable suite cannot be had here, or `undefined` when they can. */
export async function whyNotDebian(): Promise<string | undefined> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  if (!/^ID=debian$/mu.test(release)) return 'this machine is not a Debian'
  if (!existsSync(KEYRING)) return `${KEYRING} is not there, so packages could not be verified`
  return undefined
}

/** Downloads packages of the unstable suite and unpacks them into `folder`. Works with and without root. */
export async function unpackFromSid(
  packages: readonly string[],
  folder: string,
  report: (line: string) => void,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  const scratch = await mkdtemp(join(folder, '.apt-'))
  try {
    for (const name of ['lists/partial', 'cache/archives/partial', 'packages'])
      await mkdir(join(scratch, name), { recursive: true })
    await writeFile(join(scratch, 'status'), '')
    const source = `Types: deb\nURIs: ${await mirror()}\nSuites: sid\nComponents: main\nSigned-By: ${KEYRING}\n`
    await writeFile(join(scratch, 'sid.sources'), source)
    const settings = [
      `Dir::Etc::sourcelist=${scratch}/sid.sources`,
      'Dir::Etc::sourceparts=-',
      `Dir::State::lists=${scratch}/lists`,
      `Dir::State::status=${scratch}/status`,
      `Dir::Cache=${scratch}/cache`,
      'APT::Sandbox::User=root',
      'Acquire::Languages=none',
      'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
      'Acquire::Retries=2',
    ].flatMap((setting) => ['-o', setting])
    report(`fetching ${packages.join(', ')} from Debian's unstable suite`)
    const onProgress = (seconds: number): void => report(`fetching ${packages.join(', ')}, ${seconds} s`)
    await runCommand('apt-get', [...settings, '-q', 'update'], { onProgress })
    await runCommand('apt-get', [...settings, '-q', 'download', ...packages], {
      cwd: join(scratch, 'packages'),
      onProgress,
    })
    for (const file of await readdir(join(scratch, 'packages')))
      await runCommand('dpkg', ['-x', join(scratch, 'packages', file), folder])
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** The mirror this machine already uses, so that a company's own is respected. */
async function mirror(): Promise<string> {
  const targets = await runCommand('apt-get', ['indextargets', '--format', '$(REPO_URI)'])
  const found = targets.split('\n').find((line) => /\/debian\/?$/u.test(line.trim()))
  if (found === undefined)
    throw new Error("apt knows no Debian mirror: its lists hold no address that ends in '/debian'")
  return found.trim()
}
