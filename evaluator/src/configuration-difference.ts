import { isDeepStrictEqual } from 'node:util'
import { ANY_AGENT, settingsOf, type Configuration } from './config.ts'
import { maskedConfiguration } from './masked-configuration.ts'

/**
 * What a change of the configuration takes: `restart` of the process; `baseline`: the watch goes on as frozen until a new
 * version is, which starts the detectors anew; `reload`: SIGHUP is enough.
 */
export type ChangeEffect = 'restart' | 'baseline' | 'reload'

export type ConfigurationChange = {
  /** Keys with dots, such as `agents.triage.schedule.cadence`. */
  readonly path: string
  /** As JSON, secrets hidden; undefined: not there. */
  readonly before: string | undefined
  readonly after: string | undefined
  readonly effect: ChangeEffect
}

/** Below an agent: what is frozen with its baseline. */
const FROZEN =
  /^(?:segments|scores|schedule\.cadence|paging\.(?:falsePagesPerYear|ticketsPerYear|escalationLimits)|baseline)(?:\.|$)/u

/** Every value that differs. An agent that only one side names is compared with what `*` says of it on the other. */
export function configurationDifference(before: Configuration, after: Configuration): ConfigurationChange[] {
  const names = [...new Set([...Object.keys(before.agents), ...Object.keys(after.agents)])].toSorted()
  const completed = (config: Configuration): Configuration => ({
    ...config,
    agents: Object.fromEntries(
      names.flatMap((name) => {
        const settings = name === ANY_AGENT ? config.agents[ANY_AGENT] : settingsOf(config, name)
        return settings === undefined ? [] : [[name, settings]]
      }),
    ),
  })
  const shownBefore = leaves(maskedConfiguration(completed(before)))
  const shownAfter = leaves(maskedConfiguration(completed(after)))
  const realBefore = leaves(completed(before))
  const realAfter = leaves(completed(after))
  const paths = [...new Set([...realBefore.keys(), ...realAfter.keys()])]
  return paths
    .filter((path) => !isDeepStrictEqual(realBefore.get(path), realAfter.get(path)))
    .map((path) => ({
      path,
      before: textOf(shownBefore.get(path)),
      after: textOf(shownAfter.get(path)),
      effect: effectOf(path, names),
    }))
}

function effectOf(path: string, names: readonly string[]): ChangeEffect {
  if (/^(?:store|listen)\./u.test(path)) return 'restart'
  const agent = names.find((name) => path.startsWith(`agents.${name}.`))
  if (agent === undefined) return 'reload'
  return FROZEN.test(path.slice(`agents.${agent}.`.length)) ? 'baseline' : 'reload'
}

function leaves(value: unknown, path = ''): Map<string, unknown> {
  const isBranch = typeof value === 'object' && value !== null && !Array.isArray(value)
  // lists are compared whole: what moved inside one has no name
  if (!isBranch) return new Map([[path, value]])
  return new Map(
    Object.entries(value).flatMap(([key, child]) => [...leaves(child, path === '' ? key : `${path}.${key}`)]),
  )
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}
