import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A package of others: what pip installs, and the script that calls it. */
export type Peer = {
  readonly name: string
  readonly requirements: readonly string[]
  readonly script: string
  /** Agents followed in a scenario, at most: some packages take seconds a year. */
  readonly agents: { readonly year: number; readonly change: number; readonly mix: number }
}

/** As many as Tidemark follows, or nearly: all packages take under a second a year. */
export const AGENTS = { year: 3, change: 20, mix: 2 } as const

/** Pinned; what an ordinary install leaves out or gets wrong is named beside the package. */
export const PEERS: readonly Peer[] = [
  { name: 'river', requirements: ['river==0.26.1'], script: 'run_river.py', agents: AGENTS },
  {
    name: 'Evidently',
    // fails on import with pandas 3
    requirements: ['evidently==0.7.23', 'pandas<3'],
    script: 'run_evidently.py',
    agents: AGENTS,
  },
  {
    name: 'NannyML',
    // imports statsmodels without naming it
    requirements: ['nannyml==0.13.1', 'statsmodels'],
    script: 'run_nannyml.py',
    agents: AGENTS,
  },
  {
    name: 'alibi-detect',
    requirements: ['alibi-detect==0.13.0'],
    script: 'run_alibi.py',
    agents: AGENTS,
  },
]

export type PythonEnvironment = { readonly python: string } | { readonly skipped: string }

/** A virtual environment with the peer in it, made on first use in the user's cache folder and kept there. */
export function pythonEnvironment({ name, requirements }: Pick<Peer, 'name' | 'requirements'>): PythonEnvironment {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const hash = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12)
  const folder = join(cache, 'tidemark-bench', `${name.toLowerCase()}-${hash}`)
  const python = join(folder, 'bin', 'python')
  if (existsSync(python)) return { python }
  // the folder gets its name when it is complete, so that an interrupted install is never taken for one
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(join(cache, 'tidemark-bench'), { recursive: true })
  const problem =
    virtualEnvironment(unfinished) ??
    run(join(unfinished, 'bin', 'python'), [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      ...requirements,
    ])
  if (problem !== undefined) {
    rmSync(unfinished, { recursive: true, force: true })
    return { skipped: `${name}: ${requirements.join(' ')} cannot be installed (${problem})` }
  }
  renameSync(unfinished, folder)
  return { python }
}

/** Makes an empty environment. Debian keeps the means in a package of its own, which root installs. Why not, or nothing. */
function virtualEnvironment(folder: string): string | undefined {
  const make = (): string | undefined => run('python3', ['-m', 'venv', folder])
  const problem = make()
  if (problem === undefined || process.getuid?.() !== 0) return problem
  rmSync(folder, { recursive: true, force: true })
  return (
    run('apt-get', ['-q', 'update']) ??
    run('apt-get', ['-q', 'install', '-y', '--no-install-recommends', 'python3', 'python3-venv']) ??
    make()
  )
}

/** Bytes of warnings; some packages write one a day of every agent. */
const MOST_WARNINGS = 256 * 2 ** 20

/** Nothing when the program ends well, else its last line. */
export function run(command: string, values: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(command, values, {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    maxBuffer: MOST_WARNINGS,
  })
  if (error !== undefined) return error.message
  return status === 0 ? undefined : (stderr.trim().split('\n').at(-1) ?? `status ${status}`)
}
