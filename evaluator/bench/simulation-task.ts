import { type AgentTrace, traceAgent } from './agent-trace.ts'
import { type Rule, type RuleAgent, rulePages } from './rule-pages.ts'
import type { Scenario } from './traffic.ts'

/** Some agents of one scenario, for one worker. */
export type SimulationTask = {
  readonly scenario: Scenario
  readonly agents: readonly number[]
  readonly follow: 'tidemark' | 'rules'
}

export type SimulationResult =
  | { readonly follow: 'tidemark'; readonly traces: readonly AgentTrace[] }
  | { readonly follow: 'rules'; readonly pages: readonly Readonly<Record<Rule, RuleAgent>>[] }

export function simulate({ scenario, agents, follow }: SimulationTask): SimulationResult {
  return follow === 'tidemark'
    ? { follow, traces: agents.map((agent) => traceAgent(scenario, agent)) }
    : { follow, pages: agents.map((agent) => rulePages(scenario, agent)) }
}
