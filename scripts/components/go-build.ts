import { cp, mkdir, mkdtemp, readFile, rm, statfs, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { moduleFolder, type Build } from './pinned.ts'
import { runCommand } from './run-command.ts'

/** A Go that can build: its program, and the environment to run it in. */
export interface GoToolchain {
  program: string
  version: string
  environment: NodeJS.ProcessEnv
}

/**
 * The Go of this machine, when it can build `build`: new enough, or able to fetch a newer toolchain by itself
 * (Go 1.21 and later, unless `GOTOOLCHAIN=local`). Otherwise why not.
 */
export async function goOnPath(build: Build, program = 'go'): Promise<GoToolchain | { missing: string }> {
  const environment = { ...process.env, GOWORK: 'off', GOFLAGS: '' }
  const wanted = /^go (\S+)$/mu.exec(await readFile(join(moduleFolder(build), 'go.mod'), 'utf8'))?.[1] ?? ''
  try {
    // asked in the module's folder, where a Go that is too old and may not fetch another one refuses
    const version = (await runCommand(program, ['env', 'GOVERSION'], { cwd: moduleFolder(build), environment })).trim()
    if (isOlder(version.slice(2), wanted)) return { missing: `${version} is older than go${wanted}` }
    return { program, version, environment }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { missing: 'no go on PATH' }
    return { missing: error instanceof Error ? error.message : String(error) }
  }
}

/** Builds the programs of `build` into `folder`. Module and build caches are those of the toolchain's environment. */
export async function goBuild(
  build: Build,
  go: GoToolchain,
  folder: string,
  report: (line: string) => void,
): Promise<void> {
  await requireSpace(folder)
  const scratch = await mkdtemp(join(tmpdir(), 'tidemark-go-'))
  const environment = { ...go.environment, CGO_ENABLED: '0', ...(await certificates(scratch)) }
  const command = async (what: string, parameters: string[]): Promise<string> => {
    const label = `${what} ${build.name} ${build.version}`
    report(`${label} with ${go.version}`)
    return runCommand(go.program, parameters, {
      cwd: moduleFolder(build),
      environment,
      onProgress: (seconds) => report(`${label}, ${seconds} s`),
    })
  }
  try {
    await command('downloading the modules of', ['mod', 'download'])
    const modfile = await completeModule(build, scratch, (parameters) => command('completing', parameters))
    await command('building', [
      'build',
      '-buildvcs=false',
      ...modfile,
      ...build.flags,
      '-o',
      `${folder}/`,
      ...build.commands,
    ])
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

function isOlder(version: string, wanted: string): boolean {
  const [a, b] = [version, wanted].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)))
  for (let i = 0; i < 3; i += 1) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}

/**
 * Alertmanager embeds a web interface that its published module does not contain. A copy of the module gets the
 * missing file, and a second `go.mod` points to the copy (`go build -overlay` refuses files of the module cache).
 */
async function completeModule(
  build: Build,
  scratch: string,
  go: (parameters: string[]) => Promise<string>,
): Promise<string[]> {
  if (build.absentFile === undefined) return []
  const { module, path, content } = build.absentFile
  const source = (await go(['list', '-m', '-f', '{{.Dir}}', module])).trim()
  const copy = join(scratch, 'module')
  await cp(source, copy, { recursive: true })
  await runCommand('chmod', ['-R', 'u+w', copy])
  await mkdir(dirname(join(copy, path)), { recursive: true })
  await writeFile(join(copy, path), content)
  const modfile = join(scratch, 'with-replacement.mod')
  await cp(join(moduleFolder(build), 'go.mod'), modfile)
  await cp(join(moduleFolder(build), 'go.sum'), join(scratch, 'with-replacement.sum'))
  await go(['mod', 'edit', `-replace=${module}=${copy}`, modfile])
  return [`-modfile=${modfile}`]
}

/** A minimal Debian has no certificate store; Node carries one. */
async function certificates(scratch: string): Promise<{ SSL_CERT_FILE?: string }> {
  if (process.platform !== 'linux' || process.env['SSL_CERT_FILE'] || existsSync('/etc/ssl/certs/ca-certificates.crt'))
    return {}
  const file = join(scratch, 'certificates.pem')
  await writeFile(file, rootCertificates.join('\n'))
  return { SSL_CERT_FILE: file }
}

const NEEDED_BYTES = 4e9

async function requireSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= NEEDED_BYTES) return
  throw new Error(
    `a Go build needs about 4 GB for modules and build cache, ${folder} has ${((bavail * bsize) / 1e9).toFixed(1)} GB free`,
  )
}
