import type { AgentMode, IncidentState, Severity } from '@tidemark/instrumentation/semconv'
import type { RejectionReason } from '../domain/records.ts'
import type { BaselineSummary, Incident, VerdictRecord } from '../domain/verdict.ts'

/** Everything `/metrics` shows, read from the store: plain data, so that every replica publishes the same. */
export type PublishedState = {
  readonly agents: readonly PublishedAgent[]
  readonly ingest: IngestCounters
  readonly store: { readonly bytes: number; readonly errors: number }
}

/** One agent; parts that do not exist yet are null and publish nothing. */
export type PublishedAgent = {
  readonly agent: string
  /** The mode in force, which is `shadow` in the first runs whatever is configured. */
  readonly mode: AgentMode
  readonly expectedSilenceSeconds: number
  /** Time between two scheduled runs. */
  readonly intervalSeconds: number
  /** End of the newest run, good or failed, epoch milliseconds. */
  readonly lastRunAt: number | null
  /** Stored result of the newest slot. */
  readonly verdict: VerdictRecord | null
  /** The newest incident of each severity, whatever its state; null: there was none. */
  readonly incidents: Readonly<Record<Severity, Incident | null>>
  /** State of the newest incident of each variant that had one. */
  readonly variantIncidents: Readonly<Record<string, IncidentState>>
  /** The baseline in force; former versions are not published, or each would raise its own expiry alert. */
  readonly baseline: BaselineSummary | null
  readonly review: readonly ReviewCount[]
  /** Pages and would-be pages of the last 365 days, by what a human said of them. */
  readonly ledger: Readonly<Record<string, number>>
}

export type ReviewCount = {
  readonly state: string
  readonly priority: string
  readonly items: number
  /** Age of the oldest item of this state that still waits for a human; null: none waits. */
  readonly oldestAgeSeconds: number | null
}

/** Counters since the store was created or the process started; the agent is empty for a span refused before it was known. */
export type IngestCounters = {
  readonly spans: readonly { readonly agent: string; readonly outcome: string; readonly count: number }[]
  readonly rejected: readonly { readonly agent: string; readonly reason: RejectionReason; readonly count: number }[]
}
