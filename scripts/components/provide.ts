import { chmod, copyFile, mkdir, rename, rm, access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { unpackFromSid, whyNotDebian } from './debian-sid.ts'
import { goBuild, goOnPath, type GoToolchain } from './go-build.ts'
import { buildKey, type Build, type BuiltComponent } from './pinned.ts'
import { runCommand } from './run-command.ts'

export interface Found {
  path: string
  version: string
}

type Report = (line: string) => void

/** The program on PATH, when it has the pinned version. */
export async function findOnPath(build: Build, component: BuiltComponent): Promise<Found | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const found = folder === '' ? undefined : await probe(join(folder, component))
    if (found?.version === build.version) return found
  }
  return undefined
}

/** The program built earlier at the pinned version; where it cannot be built, the one fetched from Debian earlier. */
export async function findInCache(build: Build, component: BuiltComponent, cache: string): Promise<Found | undefined> {
  const pinned = await probe(join(cache, buildKey(build), component))
  if (pinned?.version === build.version) return pinned
  const debian = await probe(join(cache, debianFolder(build), component))
  return debian !== undefined && 'missing' in (await goOnPath(build)) ? debian : undefined
}

/**
 * Puts the programs of `build` into the cache, by the first way that works: the Go of this machine; a Go from Debian's
 * unstable suite; Debian's own build of the programs, which is another version and not all of them. Returns what was in
 * the way of the pinned version, or nothing.
 */
export async function provide(build: Build, cache: string, report: Report): Promise<string> {
  const reasons: string[] = []
  const attempt = async (way: string, work: () => Promise<string | undefined>): Promise<boolean> => {
    const reason = await work().catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
    if (reason !== undefined) reasons.push(`${way}: ${reason}`)
    return reason === undefined
  }
  const ways: readonly [string, () => Promise<string | undefined>][] = [
    ['Go', () => buildWithGo(build, cache, report)],
    ["Debian's Go", () => buildWithDebianGo(build, cache, report)],
    ["Debian's packages", () => unpackDebianBuild(build, cache, report)],
  ]
  for (const [way, work] of ways) if (await attempt(way, work)) break
  return reasons.join('; ')
}

/** Runs `program --version`; `undefined` when it is not there or does not run. */
async function probe(path: string): Promise<Found | undefined> {
  try {
    await access(path, constants.X_OK)
    const version = /version (\d+\.\d+\.\d+)/u.exec(await runCommand(path, ['--version']))?.[1]
    return version === undefined ? undefined : { path, version }
  } catch {
    return undefined
  }
}

async function buildWithGo(build: Build, cache: string, report: Report): Promise<string | undefined> {
  const go = await goOnPath(build)
  return 'missing' in go ? go.missing : buildIntoCache(build, go, cache, report)
}

async function buildIntoCache(build: Build, go: GoToolchain, cache: string, report: Report): Promise<undefined> {
  const target = join(cache, buildKey(build))
  const aside = `${target}.building`
  await rm(aside, { recursive: true, force: true })
  await mkdir(aside, { recursive: true })
  try {
    await goBuild(build, go, aside, report)
    for (const program of build.programs) {
      const built = await probe(join(aside, program))
      if (built?.version !== build.version)
        throw new Error(`${program} was built as version ${built?.version ?? 'unknown'}, expected ${build.version}`)
    }
    await rm(target, { recursive: true, force: true })
    await rename(aside, target)
    report(`${build.name} ${build.version} is in ${target}`)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}

/** The packages of the Go line that the modules ask for; 45 MB, unpacked beside the components and removed afterwards. */
const DEBIAN_GO = {
  packages: ['golang-1.26-go', 'golang-1.26-src'],
  root: 'usr/lib/go-1.26',
  sources: 'usr/share/go-1.26',
}

async function buildWithDebianGo(build: Build, cache: string, report: Report): Promise<string | undefined> {
  const reason = await whyNotDebian()
  if (reason !== undefined) return reason
  const folder = join(cache, `${build.name}-go`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  try {
    await unpackFromSid(DEBIAN_GO.packages, folder, report)
    const go = await goOnPath(build, join(folder, DEBIAN_GO.root, 'bin', 'go'))
    if ('missing' in go) return go.missing
    const own = { GOROOT: join(folder, DEBIAN_GO.root), GOPATH: join(folder, 'path'), GOCACHE: join(folder, 'cache') }
    const environment = { ...go.environment, ...own, GOTOOLCHAIN: 'local', GOFLAGS: '-modcacherw' }
    return await buildIntoCache(build, { ...go, environment }, cache, report)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const debianFolder = ({ name }: Build): string => `${name}-debian-${process.arch}`

async function unpackDebianBuild(build: Build, cache: string, report: Report): Promise<string | undefined> {
  const reason = await whyNotDebian()
  if (reason !== undefined) return reason
  const scratch = join(cache, `${build.name}-packages`)
  const target = join(cache, debianFolder(build))
  await rm(scratch, { recursive: true, force: true })
  try {
    await unpackFromSid(
      build.debian.map(({ package: name }) => name),
      scratch,
      report,
    )
    await mkdir(target, { recursive: true })
    for (const { files } of build.debian) {
      for (const [program, file] of Object.entries(files)) {
        await copyFile(join(scratch, 'usr', 'bin', file), join(target, program))
        await chmod(join(target, program), 0o755)
        const found = await probe(join(target, program))
        if (found === undefined) throw new Error(`${file} of Debian's unstable suite does not run here`)
        report(`${program} ${found.version} of Debian's unstable suite is used, pinned is ${build.version}`)
      }
    }
    return undefined
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}
