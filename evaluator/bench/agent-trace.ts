import { seededRandom, seedOf } from '../src/demo/seeded-random.ts'
import { createDetector, type DetectorStep, rankEvents } from '../src/statistics/index.ts'
import { freezeAgent } from './frozen-agent.ts'
import { type Scenario, traffic } from './traffic.ts'

/** What the detector saw on every run of one agent. Nobody acts on a page: the evidence goes on. */
export type AgentTrace = {
  /** log P of every run: at log A the detector pages. */
  readonly logGated: Float64Array
  /** log R of every run: raw evidence, without tolerance and direction. */
  readonly logEvidence: Float64Array
  /** log N of every run: the better side. */
  readonly logImproved: Float64Array
  /** Most likely change run on each run, 1-based. */
  readonly onset: Int32Array
  /** 1 on runs on which the true event ranks before three others at random runs. */
  readonly trueEventFirst: Uint8Array
}

const RUNS_PER_YEAR = 365
/** Recorded events that did not change anything, for the ranking of causes. */
const DECOYS = 3
const DECOY_DISTANCE = 3

/**
 * Follows one agent with the settings of a page detector. Budgets up to one false page a year share the evidence, larger
 * ones have a smaller launch lump.
 */
export function traceAgent(scenario: Scenario, agent: number, falsePagesPerYear = 1): AgentTrace {
  const { changeRun, runs } = scenario
  const { before, after } = scenario.seen ?? scenario
  const { baseline, days } = traffic(scenario, agent)
  const frozen = freezeAgent(before, after, baseline)
  const detector = createDetector({ streams: frozen.streams, runsPerYear: RUNS_PER_YEAR, falsePagesPerYear })
  const events = [changeRun, ...decoys(scenario, agent)]
  const trace: AgentTrace = {
    logGated: new Float64Array(runs).fill(-Infinity),
    logEvidence: new Float64Array(runs).fill(-Infinity),
    logImproved: new Float64Array(runs).fill(-Infinity),
    onset: new Int32Array(runs),
    trueEventFirst: new Uint8Array(runs),
  }
  for (const [day, items] of days.entries()) {
    const step = detector.step(frozen.batch(day + 1 < changeRun ? before : after, items))
    if (step !== null) record(trace, day, step, events)
  }
  return trace
}

function record(trace: AgentTrace, day: number, step: DetectorStep, events: readonly number[]): void {
  trace.logGated[day] = step.logGated
  trace.logEvidence[day] = step.logEvidence
  trace.logImproved[day] = step.logImproved
  trace.onset[day] = step.firstRunOfEpoch + step.onset
  const happened = events.filter((run) => run <= day + 1)
  if (happened[0] !== events[0]) return
  const { scores } = rankEvents(
    step.posterior,
    happened.map((run) => run - 1),
  )
  const [own = 0, ...others] = scores
  trace.trueEventFirst[day] = others.every((other) => own > other) ? 1 : 0
}

/** Runs of events before and after the change, far enough from it to be told apart. */
function decoys({ name, changeRun, runs }: Scenario, agent: number): number[] {
  const random = seededRandom(seedOf(agent, name, 'decoys'))
  const free = Array.from({ length: runs }, (_, index) => index + 1).filter(
    (run) => Math.abs(run - changeRun) >= DECOY_DISTANCE,
  )
  return Array.from({ length: DECOYS }, () => free[Math.floor(random() * free.length)] ?? runs)
}
