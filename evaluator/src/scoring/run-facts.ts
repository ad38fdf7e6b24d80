import type { CallRecord, DecisionRecord, StepRecord } from '../domain/records.ts'
import { outputContent } from './message-text.ts'
import type { RunFacts } from './scorer.ts'

/** The spans of one trace. */
export type RunSpans = {
  readonly calls: readonly CallRecord[]
  /** Agents and tools. */
  readonly steps: readonly StepRecord[]
  readonly decisions: readonly DecisionRecord[]
  /** US dollars of a call, undefined where its model has no known price. */
  readonly price: (call: CallRecord) => number | undefined
}

/**
 * Reduces the spans of a run. Without spans of tools the calls that the model asked for are taken, where the agent sends its
 * texts.
 */
export function runFacts({ calls, steps, decisions, price }: RunSpans): RunFacts {
  const inOrder = steps.toSorted((a, b) => a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1))
  const tools = inOrder.filter(({ kind }) => kind === 'tool').map(({ name }) => name)
  const asked = tools.length > 0 ? [] : toolsAskedFor(calls)
  const agents = inOrder.filter(({ kind }) => kind === 'agent').map(({ name }) => name)
  const path = tools.length > 0 || agents.length > 1 ? inOrder.map(({ name }) => name) : asked
  return {
    path,
    steps: calls.length + (tools.length > 0 ? tools.length : asked.length),
    loops: returns(path),
    handOffs: agents.filter((name, i) => i > 0 && name !== agents[i - 1]).length,
    costUsd: costOf(calls, price),
    wallTimeSeconds: wallTime(calls, steps),
    route: decisions.at(-1)?.route ?? null,
  }
}

function toolsAskedFor(calls: readonly CallRecord[]): string[] {
  return calls
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .flatMap(({ output }) => (output === null ? [] : outputContent(output).toolCalls.map(({ name }) => name)))
}

/** How often something was entered again after something else. */
function returns(path: readonly string[]): number {
  return path.filter((name, i) => i > 0 && path[i - 1] !== name && path.slice(0, i).includes(name)).length
}

function costOf(calls: readonly CallRecord[], price: RunSpans['price']): number | null {
  let sum = 0
  for (const call of calls) {
    const cost = price(call)
    if (cost === undefined) return null
    sum += cost
  }
  return calls.length === 0 ? null : sum
}

function wallTime(calls: readonly CallRecord[], steps: readonly StepRecord[]): number {
  const spans = [
    ...calls.map(({ startedAt, latencySeconds }) => ({ from: startedAt, to: startedAt + latencySeconds * 1000 })),
    ...steps.map(({ startedAt, durationSeconds }) => ({ from: startedAt, to: startedAt + durationSeconds * 1000 })),
  ]
  if (spans.length === 0) return 0
  return (Math.max(...spans.map(({ to }) => to)) - Math.min(...spans.map(({ from }) => from))) / 1000
}
