import { threshold } from '../src/statistics/index.ts'
import type { AgentTrace } from './agent-trace.ts'
import type { WatchedAgent } from './detection-rows.ts'

/** A way to read one detector's evidence; all readings share one simulation. */
export type View = {
  readonly name: string
  watched(trace: AgentTrace): WatchedAgent
}

const RUNS_PER_YEAR = 365
/** Budgets up to one page a year share the launch lump, hence the evidence; only the threshold differs. */
const ONE = Math.log(threshold(RUNS_PER_YEAR, 1))
const TENTH = Math.log(threshold(RUNS_PER_YEAR, 0.1))

/** Page mode at one false page a year: what a team gets that changes nothing. */
export const TIDEMARK: View = { name: 'tidemark', watched: (trace) => watchedAt(trace, trace.logGated, ONE) }

export const VIEWS: readonly View[] = [
  TIDEMARK,
  { name: 'tidemark, budget 0.1 a year', watched: (trace) => watchedAt(trace, trace.logGated, TENTH) },
  { name: 'tidemark, raw', watched: (trace) => watchedAt(trace, trace.logEvidence, ONE) },
  { name: 'tidemark, raw, budget 0.1 a year', watched: (trace) => watchedAt(trace, trace.logEvidence, TENTH) },
  {
    name: 'tidemark, page or notice of improvement',
    watched: (trace) => watchedAt(trace, eitherSide(trace), ONE),
  },
]

/** Page mode with a threshold of its own, for comparisons at an equal rate of false pages. */
export function viewAt(name: string, logThreshold: number): View {
  return { name, watched: (trace) => watchedAt(trace, trace.logGated, logThreshold) }
}

/** The same for both sides: the detectors of others do not know which side is the better one. */
export function eitherSideAt(name: string, logThreshold: number): View {
  return { name, watched: (trace) => watchedAt(trace, eitherSide(trace), logThreshold) }
}

/** log of the larger of P and N on every run. */
export function eitherSide({ logGated, logImproved }: AgentTrace): Float64Array {
  return logGated.map((gated, run) => Math.max(gated, logImproved[run] ?? -Infinity))
}

function watchedAt(trace: AgentTrace, evidence: Float64Array, logThreshold: number): WatchedAgent {
  return {
    pages: Uint8Array.from(evidence, (log) => (log >= logThreshold ? 1 : 0)),
    onset: trace.onset,
    trueEventFirst: trace.trueEventFirst,
  }
}
