import { ANY_AGENT, settingsOf, type AgentSettings, type Configuration } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'

/** Settings of an agent. @throws {TidemarkError} `agent_unknown` */
export function requireAgent(config: Configuration, agent: string): AgentSettings {
  const settings = settingsOf(config, agent)
  if (settings !== undefined) return settings
  throw new TidemarkError(
    'agent_unknown',
    `Agent ${agent} is not in the configuration.`,
    `Add it under agents: in tidemark.yaml, or an entry "${ANY_AGENT}" for every agent.`,
  )
}
