import type { AgentTrace } from './agent-trace.ts'
import { CHANGE_RUN, type Experiment, RUNS_AFTER } from './detection-plan.ts'
import {
  changeOf,
  type ChangeRow,
  type DetectionReport,
  mean,
  type MixOnlyRow,
  type NoChangeRow,
  type NoDriftRow,
  type WatchedAgent,
  yearOf,
} from './detection-rows.ts'
import { RULES } from './rule-pages.ts'
import type { SimulationResult } from './simulation-task.ts'
import { TIDEMARK, type View, VIEWS } from './tidemark-views.ts'

/** All agents of one experiment in the eyes of one detector. */
export type Watched = {
  readonly experiment: Experiment
  readonly detector: string
  readonly hasMemory: boolean
  readonly agents: readonly WatchedAgent[]
}

/** Every detector that a simulated experiment holds. */
export function watchedBy(experiment: Experiment, results: readonly SimulationResult[]): Watched[] {
  if (experiment.follow === 'rules') {
    const pages = results.flatMap((result) => (result.follow === 'rules' ? result.pages : []))
    return RULES.map((rule) => ({
      experiment,
      detector: rule,
      hasMemory: false,
      agents: pages.map((byRule) => byRule[rule]),
    }))
  }
  const traces = tracesOf(results)
  const views = experiment.variant === '' ? VIEWS : [TIDEMARK]
  return views.map((view) => ({ ...seenThrough(view, experiment, traces), detector: nameOf(view, experiment.variant) }))
}

export function seenThrough(view: View, experiment: Experiment, traces: readonly AgentTrace[]): Watched {
  return { experiment, detector: view.name, hasMemory: true, agents: traces.map((trace) => view.watched(trace)) }
}

export function tracesOf(results: readonly SimulationResult[]): AgentTrace[] {
  return results.flatMap((result) => (result.follow === 'tidemark' ? result.traces : []))
}

/** The four lists, each in the order of the experiments. */
export function reportOf(watched: readonly Watched[]): DetectionReport {
  const noChange: NoChangeRow[] = []
  const noDriftPairs: NoDriftRow[] = []
  const change: ChangeRow[] = []
  const mixed = new Map<string, number[]>()
  for (const { experiment, detector, hasMemory, agents } of watched) {
    const { list, subject, poolDifference } = experiment
    switch (list) {
      case 'noChange':
        noChange.push({ run: subject, detector, ...yearOf(agents) })
        break
      case 'noDriftPairs':
        noDriftPairs.push({ pair: subject, detector, pAnyPageYear: yearOf(agents).pAnyPageYear, poolDifference })
        break
      case 'change':
        change.push({ pair: subject, detector, ...changeOf(agents, CHANGE_RUN, hasMemory) })
        break
      case 'mixOnly':
        mixed.set(detector, [...(mixed.get(detector) ?? []), ...pagedAfter(agents, hasMemory)])
        break
      default:
        list satisfies never
    }
  }
  const mixOnly: MixOnlyRow[] = [...mixed].map(([detector, pages]) => ({ detector, pPage: mean(pages) }))
  return { noChange, noDriftPairs, change, mixOnly }
}

/** 1 for each agent paged in the runs after the change. */
function pagedAfter(agents: readonly WatchedAgent[], hasMemory: boolean): number[] {
  return agents
    .filter(({ pages }) => !hasMemory || !pages.subarray(0, CHANGE_RUN - 1).includes(1))
    .map(({ pages }) => (pages.subarray(CHANGE_RUN - 1, CHANGE_RUN - 1 + RUNS_AFTER).includes(1) ? 1 : 0))
}

function nameOf({ name }: View, variant: string): string {
  if (variant === '') return name
  return variant.startsWith('at ') ? `${name} ${variant}` : `${name}, ${variant}`
}
