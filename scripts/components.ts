/**
 * Finds the real programs that tests run, and builds what is missing:
 * `node scripts/components.ts [--no-build] [name ...]`.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { withBuildLock } from './components/build-lock.ts'
import {
  buildKey,
  buildOf,
  cacheFolder,
  COMPONENTS,
  type Build,
  type BuiltComponent,
  type ComponentName,
} from './components/pinned.ts'
import { findPostgres, installPostgres } from './components/postgres.ts'
import { findInCache, findOnPath, provide, type Found } from './components/provide.ts'

export type { ComponentName } from './components/pinned.ts'
export type Resolved = Found | { missing: string }

export interface ResolveOptions {
  /** Build what is neither on PATH nor in the cache; takes minutes. `false`: only look. */
  build?: boolean
  /** Receives progress lines, at least one every 15 seconds while something is built. Default: standard error. */
  report?: (line: string) => void
}

/**
 * The program `name`: on PATH at the pinned version, else from the cache, else built from the pinned Go module, else
 * from Debian's packages at Debian's version. PostgreSQL is the newest of this machine, else Debian's package. `missing` says in one line what was tried.
 * Calls from several processes build once.
 */
export async function resolveComponent(name: ComponentName, options: ResolveOptions = {}): Promise<Resolved> {
  const { build: mayBuild = true, report = (line: string) => process.stderr.write(`components: ${line}\n`) } = options
  if (name === 'postgres') return resolvePostgres(mayBuild, report)
  const build = buildOf(name)
  const cache = cacheFolder(process.env)
  const found = (await findOnPath(build, name)) ?? (await findInCache(build, name, cache))
  if (found !== undefined) return found
  if (!mayBuild)
    return { missing: `${name} ${build.version} is neither on PATH nor in ${cache}: run npm run components` }
  const lock = join(cache, `${buildKey(build)}.lock`)
  const onWait = (holder: string): void => report(`${holder} builds ${build.name} ${build.version}, waiting`)
  return withBuildLock(lock, onWait, () => provideAndFind(build, name, cache, report))
}

/** The path of `name`; throws when it cannot be had. Looks only, unless told to build. */
export async function requireComponent(
  name: ComponentName,
  options: ResolveOptions = { build: false },
): Promise<string> {
  const resolved = await resolveComponent(name, options)
  if ('missing' in resolved) throw new MissingComponentError(name, resolved.missing)
  return resolved.path
}

/** With `TIDEMARK_REQUIRE_ALL=1` a component that cannot be had is a failure, not a skip. */
export const everyComponentIsRequired = (): boolean => process.env['TIDEMARK_REQUIRE_ALL'] === '1'

export class MissingComponentError extends Error {
  readonly code = 'COMPONENT_MISSING'
  readonly component: ComponentName

  constructor(component: ComponentName, reason: string) {
    super(`${component} cannot be run: ${reason}`)
    this.name = 'MissingComponentError'
    this.component = component
  }
}

async function resolvePostgres(mayInstall: boolean, report: (line: string) => void): Promise<Resolved> {
  const found = await findPostgres(process.env)
  if (found !== undefined) return found
  if (!mayInstall) return { missing: 'postgres is neither in /usr/lib/postgresql nor on PATH: run npm run components' }
  const lock = join(cacheFolder(process.env), 'postgres.lock')
  const reason = await withBuildLock(
    lock,
    (holder) => report(`${holder} installs postgresql, waiting`),
    () => installPostgres(report),
  )
  return (await findPostgres(process.env)) ?? { missing: reason ?? 'postgresql was installed without its server' }
}

async function provideAndFind(
  build: Build,
  name: BuiltComponent,
  cache: string,
  report: (line: string) => void,
): Promise<Resolved> {
  // whoever held the lock before may have built it
  const ready = await findInCache(build, name, cache)
  if (ready !== undefined) return ready
  const reason = await provide(build, cache, report)
  const missing =
    reason === '' ? `${build.name} was built without ${name}` : `${reason}; none of these ways gives ${name}`
  return (await findInCache(build, name, cache)) ?? { missing }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { 'no-build': { type: 'boolean' } }, allowPositionals: true })
  const unknown = positionals.filter((name) => !isComponent(name))
  if (unknown.length > 0) {
    console.error(`Unknown component '${unknown.join("', '")}'. Known: ${COMPONENTS.join(', ')}.`)
    return 2
  }
  const names = positionals.filter(isComponent)
  let complete = true
  const rows: string[][] = [['component', 'version', 'path']]
  for (const name of names.length > 0 ? names : COMPONENTS) {
    const resolved = await resolveComponent(name, { build: values['no-build'] !== true })
    const isMissing = 'missing' in resolved
    complete &&= !isMissing
    rows.push(isMissing ? [name, '-', `skipped: ${resolved.missing}`] : [name, resolved.version, resolved.path])
  }
  for (const [name = '', version = '', path = ''] of rows) console.log(`${name.padEnd(14)}${version.padEnd(10)}${path}`)
  return complete || !everyComponentIsRequired() ? 0 : 1
}

function isComponent(name: string): name is ComponentName {
  return COMPONENTS.some((known) => known === name)
}

if (import.meta.main) {
  process.exitCode = await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    return 2
  })
}
