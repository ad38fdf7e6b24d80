import { settingsOf, type Configuration } from '../config.ts'
import { createScorers, type AgentScorers } from '../scoring/create-scorers.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { judgeStore } from './judge-store.ts'

export type ScorersByAgent = {
  /** The scorers of an agent that the configuration accepts; the default ones for any other. */
  of(agent: string): AgentScorers
  close(): Promise<void>
}

/**
 * Scorers of all agents, each made once. Those of the agents that have an entry of their own are made now, and those of
 * `"*"` tried, so that a wrong entry stops the start and not a run at night.
 * @throws {TidemarkError} `config_invalid`, `config_unreadable`, `rubric_invalid`
 */
export function createScorersByAgent({
  db,
  config,
  clock,
  apiKey,
}: {
  db: StoreDatabase
  config: Configuration
  clock: () => number
  /** Key of the provider where a score names no file. */
  apiKey: string | undefined
}): ScorersByAgent {
  const made = new Map<string, AgentScorers>()
  const make = (agent: string): AgentScorers =>
    createScorers(settingsOf(config, agent)?.scores ?? [], {
      telemetryAgent: `tidemark-scores-${agent}`.slice(0, 128),
      storeOf: (score) => judgeStore(db, { agent, judge: score }),
      apiKey,
      clock,
    })
  for (const name of Object.keys(config.agents)) made.set(name, make(name))
  return {
    of(agent) {
      const scorers = made.get(agent) ?? make(agent)
      made.set(agent, scorers)
      return scorers
    },
    async close() {
      const all = [...made.values()]
      made.clear()
      await Promise.all(all.map((scorers) => scorers.close()))
    },
  }
}
