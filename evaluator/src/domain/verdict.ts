import type {
  AgentMode,
  ChangeKind,
  IncidentState,
  OutputShape,
  Severity,
  ValidationOutcome,
  Verdict,
} from '@tidemark/instrumentation/semconv'

/** How a score is compared: a rate, a number, or a set of categories. */
export type ScoreKind = 'binary' | 'score' | 'categorical'

/** Whether more of a score is better. Decides what pages and what is an improvement. */
export type Direction = 'higher-better' | 'lower-better' | 'none'

/**
 * A score in one window. `mean` has the unit of the score (a rate for `binary`, natural logarithms are undone for
 * display), `low` and `high` are its 95 % interval; `shares` are the parts of the categories or bins, summing to 1.
 */
export type ScoreWindow = {
  readonly samples: number
  readonly mean: number | null
  readonly low: number | null
  readonly high: number | null
  readonly shares: Readonly<Record<string, number>> | null
}

/** One stream of a score after a run. `effect` and `tolerance` in points (binary), baseline sd (score), Cohen's w (shape). */
export type StreamReport = {
  readonly stream: string
  readonly z: number | null
  readonly evidence: number
  readonly effect: number
  readonly tolerance: number
}

export type ScoreReport = {
  readonly name: string
  readonly kind: ScoreKind
  readonly direction: Direction
  readonly detector: Severity
  readonly unit: string
  readonly baseline: ScoreWindow
  readonly current: ScoreWindow
  /** Weighted evidence of the streams of this score, without tolerance and direction. */
  readonly evidence: number
  readonly streams: readonly StreamReport[]
}

/** State of one detector after a run. Evidence is capped at 1e300 so that it stays a number everywhere. */
export type DetectorReport = {
  readonly severity: Severity
  /** The gated Shiryaev-Roberts sum P; latched while an incident is open. */
  readonly evidence: number
  readonly rawEvidence: number
  readonly threshold: number
  readonly alarm: boolean
  readonly improved: boolean
  /** Runs this detector has seen since its start or restart. */
  readonly runs: number
}

/** A value that first held 20 % of a slot: the event that may explain a change. `from` is what it replaced. */
export type ChangeEvent = {
  readonly kind: ChangeKind
  readonly from: string | null
  readonly value: string
  /** Slot in which it was first seen, epoch milliseconds. */
  readonly slotAt: number
  /** First record that carried it, epoch milliseconds. */
  readonly at: number
}

/** A ranked cause; `kind` is `none` for the posterior mass that no recorded event explains. */
export type Cause = {
  readonly kind: ChangeKind | 'none'
  /** Readable by people: `gpt-4o-2024-05-13 to gpt-4o-2024-08-06`. */
  readonly change: string
  readonly probability: number
}

/** The most likely day of the change and its 90 % set; each is the start of a data window, epoch milliseconds. */
export type Onset = { readonly at: number; readonly first: number; readonly last: number }

/** One record shown as evidence. Text only where the agent sent content. */
export type Example = {
  readonly traceId: string
  readonly spanId: string
  readonly at: number
  readonly segment: string | null
  readonly outputShape: OutputShape | null
  readonly outputCharacters: number | null
  readonly validation: ValidationOutcome | null
  readonly issues: readonly string[]
  readonly responseModel: string | null
  readonly promptVersion: string | null
  readonly inputHash: string | null
  readonly latencySeconds: number
  readonly input: string | null
  readonly output: string | null
}

export type SegmentShare = { readonly segment: string; readonly baseline: number; readonly current: number }

export type EscalationReport = {
  readonly share: number | null
  readonly decisions: number
  readonly threshold: number
  /** By limit, as JavaScript prints it: `0.15`, `0.2`. */
  readonly evidence: Readonly<Record<string, number>>
}

/** Everything a run publishes about one agent and one slot. Times are epoch milliseconds. */
export type VerdictRecord = {
  readonly agent: string
  readonly slotAt: number
  readonly windowStart: number
  readonly evaluatedAt: number
  readonly durationSeconds: number
  readonly intervalSeconds: number
  readonly verdict: Verdict
  /** One sentence for a person. */
  readonly summary: string
  readonly mode: AgentMode
  readonly baseline: { readonly id: string; readonly version: number } | null
  readonly samples: number
  readonly excluded: Readonly<Record<string, number>>
  readonly detectors: readonly DetectorReport[]
  readonly onset: Onset | null
  readonly causes: readonly Cause[]
  readonly scores: readonly ScoreReport[]
  readonly segments: readonly SegmentShare[]
  readonly changes: readonly ChangeEvent[]
  readonly escalation: EscalationReport
  readonly examples: {
    readonly about: string
    readonly baseline: readonly Example[]
    readonly current: readonly Example[]
  }
  readonly incident: { readonly id: string; readonly severity: Severity; readonly openedSlotAt: number } | null
}

/** One incident per agent, detector and most likely change day. */
export type Incident = {
  readonly id: string
  readonly agent: string
  readonly severity: Severity
  readonly baseline: string
  readonly state: IncidentState
  readonly onsetAt: number
  readonly openedSlotAt: number
  readonly openedAt: number
  readonly changedAt: number
  readonly by: string | null
}

/** A frozen baseline as lists and metrics show it. */
export type BaselineSummary = {
  readonly id: string
  readonly agent: string
  readonly version: number
  readonly createdAt: number
  readonly expiresAt: number
  readonly samples: number
  readonly windowStart: number
  readonly windowEnd: number
  /** By score, in the unit of its tolerance; null: a change present at launch cannot be found with this baseline. */
  readonly minimumDetectableEffect: Readonly<Record<string, number | null>>
  readonly warnings: readonly string[]
}
