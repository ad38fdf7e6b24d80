import type { Severity } from '@tidemark/instrumentation/semconv'

/** State of one detector after a run. Evidence is capped at 1e300 so that it stays a number everywhere. */
export type DetectorReport = {
  readonly severity: Severity
  /**
   * The gated Shiryaev-Roberts sum P, at least the threshold where a slow drift opened the ticket; latched while an
   * incident is open.
   */
  readonly evidence: number
  readonly rawEvidence: number
  readonly threshold: number
  readonly alarm: boolean
  readonly improved: boolean
  /** Runs this detector has seen since its start or restart. */
  readonly runs: number
}

/** The most likely day of the change and its 90 % set; each is the start of a data window, epoch milliseconds. */
export type Onset = { readonly at: number; readonly first: number; readonly last: number }
