import {
  AGENT_LABEL,
  AGENT_MODES,
  EVALUATOR_METRIC,
  INCIDENT_STATES,
  INSTRUMENT,
  SEVERITIES,
  VERDICTS,
  prometheusName,
} from '@tidemark/instrumentation/semconv'
import type { AgentMode, IncidentState, Severity, Verdict } from '@tidemark/instrumentation/semconv'

/** What an evaluator and an agent's own telemetry say of one agent. */
export interface AgentState {
  name: string
  verdict: Verdict
  evidence: number
  mode: AgentMode
  /** Of the newest incident of each severity; null: there was none. */
  incidents?: Readonly<Record<Severity, IncidentState | null>>
  /** Unix seconds */
  onset?: number
  causes?: readonly { cause: string; change: string; probability: number }[]
  model: string
  prompt: string
}

/** The lines of `/metrics` for one agent, with the labels and state sets of the vocabulary. */
export function exposition(agent: AgentState, nowUnixSeconds: number): string[] {
  const lines: string[] = []
  const add = (name: string, labels: Record<string, string>, value: number): void => {
    const pairs = Object.entries({ [AGENT_LABEL]: agent.name, ...labels }).map(
      ([label, text]) => `${label}=${JSON.stringify(text)}`,
    )
    lines.push(`${name}{${pairs.join(',')}} ${value}`)
  }
  const stateSet = (name: string, label: string, states: readonly string[], current: string | undefined): void => {
    for (const state of states) add(name, { [label]: state }, state === current ? 1 : 0)
  }
  const metric = EVALUATOR_METRIC
  for (const [severity, threshold] of [
    ['page', 366],
    ['ticket', 31],
  ] as const) {
    add(metric.driftEvidence.name, { severity }, agent.evidence)
    add(metric.driftThreshold.name, { severity }, threshold)
  }
  stateSet(metric.driftVerdict.name, 'verdict', VERDICTS, agent.verdict)
  stateSet(metric.agentMode.name, 'mode', AGENT_MODES, agent.mode)
  for (const severity of SEVERITIES)
    for (const state of INCIDENT_STATES)
      add(metric.driftIncident.name, { severity, state }, state === agent.incidents?.[severity] ? 1 : 0)
  if (agent.onset !== undefined) add(metric.driftOnset.name, {}, agent.onset)
  for (const { cause, change, probability } of agent.causes ?? [])
    add(metric.driftCauseProbability.name, { cause, change }, probability)
  add(metric.evaluationLastSuccess.name, { suite: 'production' }, nowUnixSeconds)
  add(metric.evaluationLastRun.name, { suite: 'production' }, nowUnixSeconds)
  add(metric.evaluationInterval.name, { suite: 'production' }, 86_400)
  // these two come from the agent's own telemetry in operation
  const { agentInfo, telemetryDropped } = INSTRUMENT
  add(
    prometheusName(agentInfo.name, agentInfo.unit, false),
    { gen_ai_response_model: agent.model, gen_ai_prompt_version: agent.prompt },
    1,
  )
  add(prometheusName(telemetryDropped.name, telemetryDropped.unit, true), { signal: 'traces' }, 0)
  return lines
}
