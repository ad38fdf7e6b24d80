import { settingsOf, type Configuration } from '../config.ts'
import type { AgentStanding } from '../ingest/span-refusal.ts'

/** Which agents are accepted: those of the configuration, up to the limit of different names. */
export type AgentAdmission = {
  standing(agent: string): AgentStanding
  /** Names that are new in one request count at once, so that no request can bring more than the limit leaves. */
  standingWithinRequest(): (agent: string) => AgentStanding
  admit(agents: Iterable<string>): void
}

export function agentAdmission(config: Configuration, seen: Iterable<string>): AgentAdmission {
  const admitted = new Set(seen)
  const standingBeside = (newNames: ReadonlySet<string>, agent: string): AgentStanding => {
    if (settingsOf(config, agent) === undefined) return 'unknown'
    if (admitted.has(agent) || newNames.has(agent)) return 'known'
    return admitted.size + newNames.size < config.limits.agents ? 'known' : 'too_many'
  }
  const none: ReadonlySet<string> = new Set()
  return {
    standing: (agent) => standingBeside(none, agent),
    standingWithinRequest() {
      const newNames = new Set<string>()
      return (agent) => {
        const standing = standingBeside(newNames, agent)
        if (standing === 'known' && !admitted.has(agent)) newNames.add(agent)
        return standing
      }
    },
    admit(agents) {
      for (const agent of agents) admitted.add(agent)
    },
  }
}
