import { statSync } from 'node:fs'
import { ANY_AGENT, type Configuration } from '../../config.ts'
import { good, warning, type Finding } from './finding.ts'

/** `baseline freeze` takes 14 days where nothing else is said, and an agent leaves shadow after 14 runs. */
const NEEDED_DAYS = 14
const WEEKLY_NEEDED_DAYS = 14 * 7
const OTHERS_MAY_READ = 0o077

/** What can be told from the configuration alone. */
export function settingFindings(config: Configuration): Finding[] {
  return [
    good('configuration', `${Object.keys(config.agents).length} entries under agents`),
    ...tokenFindings(config),
    ...retentionFindings(config),
    ...webhookFindings(config),
  ]
}

function tokenFindings({ tokens, agents }: Configuration): Finding[] {
  const entries = Object.entries(tokens).flatMap(([role, all]) => all.map((entry) => ({ role, entry })))
  const named = Object.keys(agents).filter((name) => name !== ANY_AGENT)
  const wide = tokens.ingest.filter((entry) => entry.agents.includes('*'))
  const findings: Finding[] = []
  if (wide.length > 0 && named.length > 1)
    findings.push(
      warning(
        'tokens.ingest',
        `a token may write for every agent, and ${named.length} are configured`,
        `Give each agent a token of its own, such as agents: ["${named[0]}"], so that one agent cannot write for another.`,
      ),
    )
  const roles = new Map<string, Set<string>>()
  for (const { role, entry } of entries) {
    const key = entry.file ?? `value ${entry.value ?? ''}`
    roles.set(key, (roles.get(key) ?? new Set()).add(role))
  }
  for (const shared of roles.values())
    if (shared.size > 1)
      findings.push(
        warning(
          'tokens',
          `one token has the roles ${[...shared].join(' and ')}`,
          'Give each role a token of its own: an agent that only sends must not be able to decide on incidents.',
        ),
      )
  for (const { role, entry } of entries) findings.push(...readableFindings(role, entry))
  return findings
}

function readableFindings(role: string, { file }: Configuration['tokens']['read'][number]): Finding[] {
  const mode = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false })?.mode
  if (file === undefined || mode === undefined) return []
  if ((mode & OTHERS_MAY_READ) === 0) return []
  return [
    warning(
      `tokens.${role}`,
      `${file} may be read by other users of this machine (mode ${(mode & 0o777).toString(8)})`,
      `Run: chmod 600 ${file}`,
    ),
  ]
}

function retentionFindings({ retentionDays, agents }: Configuration): Finding[] {
  return Object.entries(agents).flatMap(([name, { schedule }]) => {
    const needed = schedule.cadence === 'weekly' ? WEEKLY_NEEDED_DAYS : NEEDED_DAYS
    if (retentionDays >= needed) return []
    return [
      warning(
        `retention for ${name}`,
        `calls are kept for ${retentionDays} days; a baseline of ${schedule.cadence} runs needs ${needed}`,
        `Set retentionDays to at least ${needed}; texts have a retention of their own, agents.NAME.content.retentionDays.`,
      ),
    ]
  })
}

function webhookFindings({ publish }: Configuration): Finding[] {
  if (publish.webhooks.length === 0 || publish.url !== undefined) return []
  return [
    warning(
      'publish.url',
      'webhooks are told of verdicts without a link',
      'Set publish.url to the address people use.',
    ),
  ]
}
