/** The real programs that tests run, at the versions they are pinned to. Later parts add theirs to these two tables. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'

export const BUILT_COMPONENTS = ['promtool', 'prometheus', 'alertmanager', 'amtool'] as const
export type BuiltComponent = (typeof BUILT_COMPONENTS)[number]
export const COMPONENTS = [...BUILT_COMPONENTS, 'postgres'] as const
export type ComponentName = (typeof COMPONENTS)[number]

/** Programs that come out of one Go module. */
export interface Build {
  name: string
  version: string
  programs: readonly BuiltComponent[]
  /** Import paths of the commands, in the module whose `go.mod` lies in `tools/go/<name>`. */
  commands: readonly string[]
  flags: readonly string[]
  /** A file that the published module lacks and that its sources embed. */
  absentFile?: { module: string; path: string; content: string }
  /** Debian's package of each program, and what it calls the program. */
  debian: { package: string; files: Partial<Record<BuiltComponent, string>> }[]
}

const versionFlag = (version: string): string => `-s -w -X github.com/prometheus/common/version.Version=${version}`

export const BUILDS: readonly Build[] = [
  {
    name: 'prometheus',
    version: '3.13.5',
    programs: ['promtool', 'prometheus'],
    commands: ['github.com/prometheus/prometheus/cmd/prometheus', 'github.com/prometheus/prometheus/cmd/promtool'],
    // without the discovery plugins of every cloud: half the time to build, and tests scrape fixed addresses
    flags: ['-trimpath', '-tags', 'remove_all_sd,netgo', '-ldflags', versionFlag('3.13.5')],
    debian: [
      { package: 'prometheus', files: { prometheus: 'prometheus' } },
      { package: 'promtool', files: { promtool: 'promtool' } },
    ],
  },
  {
    name: 'alertmanager',
    version: '0.34.2',
    programs: ['alertmanager', 'amtool'],
    commands: ['github.com/prometheus/alertmanager/cmd/alertmanager', 'github.com/prometheus/alertmanager/cmd/amtool'],
    flags: ['-trimpath', '-tags', 'netgo', '-ldflags', versionFlag('0.34.2')],
    absentFile: {
      module: 'github.com/prometheus/alertmanager',
      path: 'ui/app/dist/index.html',
      content: '<!doctype html><title>Alertmanager without its web interface</title>\n',
    },
    // Debian's alertmanager itself reads its templates from /usr/share and does not start from another folder
    debian: [{ package: 'prometheus-alertmanager', files: { amtool: 'amtool' } }],
  },
]

export function buildOf(component: BuiltComponent): Build {
  const build = BUILDS.find(({ programs }) => programs.includes(component))
  if (build === undefined) throw new Error(`${component} is in COMPONENTS but no entry of BUILDS makes it.`)
  return build
}

/**
 * Where this user's components are kept: `$XDG_CACHE_HOME/tidemark/components`, by default below `~/.cache`. An empty
 * variable counts as unset: an empty `HOME` would mean the working directory.
 */
export function cacheFolder(environment: NodeJS.ProcessEnv): string {
  const home = homedir() || userInfo().homedir
  return join(environment['XDG_CACHE_HOME'] || join(home, '.cache'), 'tidemark', 'components')
}

/** The folder of `tools/go` that holds the build's `go.mod` and `go.sum`. */
export const moduleFolder = ({ name }: Build): string => join(import.meta.dirname, '..', '..', 'tools', 'go', name)

/** `<name>-<hash>`: another version, dependency, flag or platform is another folder, so a stale build is never taken. */
export function buildKey(build: Build): string {
  const hash = createHash('sha256')
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(moduleFolder(build), file)))
  hash.update(JSON.stringify([build.commands, build.flags, build.absentFile, process.platform, process.arch]))
  return `${build.name}-${hash.digest('hex').slice(0, 16)}`
}
