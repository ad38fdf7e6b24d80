import type { ExcludedWindowReason } from '@tidemark/instrumentation/semconv'
import type { DetectorReport, Onset } from './detector-report.ts'

/** What one replay of one frozen input came to: values by the name of their score, null for missing. */
export type ReplayedInput = {
  /** Id of the frozen input. */
  readonly id: string
  /** Why there is no answer to score, else null. */
  readonly failure: string | null
  readonly scores: Readonly<Record<string, number | string | null>>
}

/** A score on the same inputs: when they were frozen, and in the replays since `SentinelReport.since`. */
export type SentinelMove = {
  readonly score: string
  readonly unit: string
  /** Means, on the scale of the score; of a category the share of the one that grew most. */
  readonly category: string | null
  readonly before: number
  readonly now: number
  readonly replays: number
}

/** An input that always came out one way when it was frozen, and another way now. */
export type ChangedInput = {
  readonly id: string
  readonly score: string
  readonly before: number | string
  readonly now: number | string
}

/** What a run of sentinels left behind. Times are epoch milliseconds. */
export type SentinelReport = {
  readonly slotAt: number
  readonly finishedAt: number
  readonly durationSeconds: number
  /** Frozen inputs that can be replayed. */
  readonly inputs: number
  readonly asked: number
  readonly answered: number
  /** Questions of this run that were not asked or not answered, by reason. */
  readonly failures: Readonly<Record<string, number>>
  /** Only where the run asked in a window that is excluded: why. Its answers count for nothing then. */
  readonly excluded?: ExcludedWindowReason
  /** What the answers cost, US dollars; null where the target does not say. */
  readonly costUsd: number | null
  readonly detectors: readonly DetectorReport[]
  /** The evidence for a page is at its threshold, or its incident is not resolved. */
  readonly agentChanged: boolean
  /** The same by the scores that no judge gives. */
  readonly agentChangedUnjudged: boolean
  /** Only where `agentChanged`, or something moves. */
  readonly onset: Onset | null
  /** Slot from which on `moves` are counted. */
  readonly since: number
  /** Slots and their replays since the detector started, newest 90, so that a reader can tell how much was looked at. */
  readonly recent: readonly { readonly slotAt: number; readonly answered: number }[]
  readonly moves: readonly SentinelMove[]
  readonly changedInputs: readonly ChangedInput[]
}

/**
 * What the replay of frozen inputs says of a movement in production: the agent changed; or it answers the frozen inputs as
 * before, so that inputs, data or surroundings changed; or it was replayed too little since.
 */
export type SentinelFinding = 'agent_changed' | 'inputs_changed' | 'undecided'

export type SentinelVerdict = SentinelReport & { readonly finding: SentinelFinding | null }

/** Whether frozen inputs are replayed, and the newest run. */
export type SentinelStatus = {
  readonly agent: string
  /** Null where replay is on, else why it is off and what to do. */
  readonly off: string | null
  readonly inputs: number
  readonly runs: number
  /** When the next run is due, or has been since; null while the schedule is paused. */
  readonly nextSlotAt: number | null
  /** The newest run. */
  readonly report: SentinelReport | null
}
