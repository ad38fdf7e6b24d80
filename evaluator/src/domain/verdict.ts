import type {
  AgentMode,
  ChangeKind,
  IncidentState,
  OutputShape,
  Severity,
  ValidationOutcome,
  Verdict,
} from '@tidemark/instrumentation/semconv'
import type { DetectorReport, Onset } from './detector-report.ts'
import type { SentinelVerdict } from './sentinel.ts'

export type { DetectorReport, Onset } from './detector-report.ts'

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
  /** `none`: shown, never alarms. */
  readonly detector: Severity | 'none'
  readonly unit: string
  readonly baseline: ScoreWindow
  readonly current: ScoreWindow
  /** Share of the records without a value; null of fewer than 10 records, absent from single segments and older records. */
  readonly missingShare?: { readonly baseline: number | null; readonly current: number | null }
  /** Weighted evidence of the streams of this score, without tolerance and direction. */
  readonly evidence: number
  readonly streams: readonly StreamReport[]
}

/**
 * The event that may explain a change: a value that first held 20 % of a slot, or what somebody told of. `from` is what it
 * replaced, where spans show that.
 */
export type ChangeEvent = {
  readonly kind: ChangeKind
  readonly from: string | null
  readonly value: string
  /** Slot in which it was first seen, or into whose window it falls, epoch milliseconds. */
  readonly slotAt: number
  /** First record that carried it, or when it took effect by what was told, epoch milliseconds. */
  readonly at: number
  /** Who told of it; absent for what only spans show. */
  readonly told?: ToldBy
}

/** `isSeen`: spans show the same change as well. */
export type ToldBy = { readonly by: string | null; readonly link: string | null; readonly isSeen: boolean }

/** Where the change lies: the probability of every slot since the detector started, in the same order. */
export type OnsetPosterior = { readonly slots: readonly number[]; readonly probabilities: readonly number[] }

/** A ranked cause; `kind` is `none` for the posterior mass that no recorded event explains. */
export type Cause = {
  readonly kind: ChangeKind | 'none'
  /** Readable by people: `gpt-4o-2024-05-13 to gpt-4o-2024-08-06`. */
  readonly change: string
  readonly probability: number
  /** Other events came within 3 runs: they share the probability, and time alone cannot tell them apart. */
  readonly tied: boolean
}

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

/**
 * A score that moved in one segment alone, with its windows in that segment: the whole dilutes it, the copy of its streams
 * in the ticket detector does not.
 */
export type SegmentFinding = ScoreReport & { readonly segment: string }

/**
 * The newest runs against the frozen baseline, which no slow drift can move. Differences in points for rates and for the
 * `category` that moved most, in baseline standard deviations for scores.
 */
export type FrozenComparison = {
  readonly score: string
  readonly kind: ScoreKind
  readonly category: string | null
  readonly difference: number
  readonly low: number
  readonly high: number
  /** Probability of the interval: 0.95 unless the ticket budget is small. */
  readonly level: number
  readonly tolerance: number
  /** Runs compared, at most 30. */
  readonly runs: number
  /** The whole interval lies beyond the tolerance on the worse side, over 30 runs. */
  readonly opensTicket: boolean
}

/**
 * What the movement of a score from the baseline to the runs since `fromSlotAt` consists of: total = mix + within + unseen +
 * vanished + residual. In points for rates and for the `category` that moved most, else in the unit that enters the
 * statistics (natural logarithms of counts and times). Errors are standard errors; null without a common segment.
 */
export type Attribution = {
  readonly score: string
  readonly kind: ScoreKind
  readonly category: string | null
  readonly fromSlotAt: number
  readonly runs: number
  readonly total: number
  readonly mix: number | null
  readonly mixError: number | null
  readonly within: number | null
  readonly withinError: number | null
  /** Segments that the baseline does not have, and their share of the items. */
  readonly unseen: number
  readonly unseenShare: number
  /** Segments that only the baseline has. */
  readonly vanished: number
  readonly residual: number
  /** The segments that contribute most, and `other`. */
  readonly segments: readonly { readonly segment: string; readonly mix: number; readonly within: number }[]
}

export type EscalationReport = {
  readonly share: number | null
  readonly decisions: number
  readonly threshold: number
  /** By limit, as JavaScript prints it: `0.15`, `0.2`; at least the threshold until an alarm has cleared. */
  readonly evidence: Readonly<Record<string, number>>
  /** A limit reached the threshold and has not cleared: its incident is closed and the share of 20 runs is at the limit. */
  readonly alarm: boolean
}

/** One judge on its anchors, frozen outputs that it judges again in every run. Differences in the unit of the score. */
export type JudgeShift = {
  readonly score: string
  /** Outputs that were frozen for it; under 50 tell a small shift from chance late. */
  readonly frozenAnchors: number
  /** Evidence that the judge moved, and where it counts as moved; capped like that of a detector. */
  readonly evidence: number
  readonly threshold: number
  readonly changed: boolean
  /** Slot since which the judge seems to have moved; null while it has not. */
  readonly sinceSlotAt: number | null
  /** Mean over the anchors when they were frozen, and since the change. */
  readonly before: number | null
  readonly now: number | null
  /** What production and anchors moved by, with standard errors, and what is left of production without the judge. */
  readonly production: { readonly difference: number; readonly error: number } | null
  readonly anchors: { readonly difference: number; readonly error: number } | null
  readonly adjusted: { readonly difference: number; readonly error: number } | null
  /** What is left is a loss beyond the tolerance by two standard errors: quality changed as well. */
  readonly keepsPage: boolean
}

/** A score of the configuration that this verdict says nothing of, and why. */
export type UncomparedScore = {
  readonly score: string
  /** Its scorer is another than the baseline's, the configuration has no such score any more, or the baseline had none. */
  readonly reason: 'other_version' | 'not_configured' | 'not_in_baseline'
}

/** A setting that the thresholds were frozen for, and what the configuration says now. */
export type ChangedSetting = {
  readonly name: 'runsPerYear' | 'falsePagesPerYear' | 'ticketsPerYear'
  readonly frozen: number
  readonly now: number
}

/**
 * A score of a variant beside control, over pairs of the same slot and segment. `difference` is variant minus control: points
 * for rates and for the `category` that differs most, standard deviations of control for scores.
 */
export type VariantDifference = {
  readonly score: string
  readonly kind: ScoreKind
  readonly direction: Direction
  readonly unit: string
  readonly category: string | null
  readonly variant: ScoreWindow
  readonly control: ScoreWindow
  readonly difference: number
  readonly low: number
  readonly high: number
  /** Probability of the interval: 0.95, of a category that of all categories together. */
  readonly level: number
}

/** One variant after a run, compared with control of the same slots. Evidence is capped like that of a detector. */
export type VariantReport = {
  readonly variant: string
  /** Items in this slot. */
  readonly samples: number
  /** Newest slot with items. */
  readonly lastSlotAt: number
  readonly evidence: number
  readonly threshold: number
  /** Worse than control by a tolerance at least; latched while its incident is open. */
  readonly alarm: boolean
  readonly improved: boolean
  /** Slot since which it seems to differ; null without an alarm or an improvement. */
  readonly sinceSlotAt: number | null
  /** Slots compared below, at most 30. */
  readonly runs: number
  readonly differences: readonly VariantDifference[]
}

/**
 * How far a judge agrees with people about what is a defect. Cohen's kappa; sensitivity and specificity are shares of what
 * people call a defect and good. Null where it is undefined.
 */
export type JudgeAgreement = {
  readonly score: string
  /** Records that both looked at. */
  readonly labels: number
  readonly kappa: number | null
  /** Share of defects, by the people. */
  readonly baseRate: number | null
  readonly sensitivity: number | null
  readonly specificity: number | null
}

export type JudgeReport = {
  /** A judge moved. */
  readonly changed: boolean
  /** Scores without a judge page alone, or a judge's shift does not explain the loss. */
  readonly agentChangedToo: boolean
  /** Evidence of what needs no judge, to be compared with the threshold of its severity; absent from older records. */
  readonly unjudgedEvidence?: Readonly<Record<Severity, number>>
  readonly shifts: readonly JudgeShift[]
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
  /** `expiredAt` only where it had expired before this run. */
  readonly baseline: { readonly id: string; readonly version: number; readonly expiredAt?: number } | null
  readonly samples: number
  readonly excluded: Readonly<Record<string, number>>
  readonly detectors: readonly DetectorReport[]
  readonly onset: Onset | null
  /** Only where there are causes: what ranks them, and ranks them again when somebody tells of a change later. */
  readonly onsetPosterior?: OnsetPosterior
  readonly causes: readonly Cause[]
  readonly scores: readonly ScoreReport[]
  /** Only where there are any. */
  readonly uncompared?: readonly UncomparedScore[]
  /** Only where there are any: the budget of false alarms does not hold before a new baseline. */
  readonly changedSettings?: readonly ChangedSetting[]
  readonly segments: readonly SegmentShare[]
  readonly segmentFindings: readonly SegmentFinding[]
  readonly attribution: readonly Attribution[]
  readonly frozenComparisons: readonly FrozenComparison[]
  /** Only where the baseline has anchors of a judge. */
  readonly judge?: JudgeReport
  /** Only of judges with labels of people. */
  readonly judgeAgreement?: readonly JudgeAgreement[]
  /** Variants of the last days beside control; only where there are any. */
  readonly variants?: readonly VariantReport[]
  /** Only where frozen inputs are replayed: the newest run of them, and what it says of this verdict. */
  readonly sentinel?: SentinelVerdict
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
  /** Whose detector opened it: that of production, or that of the replays of frozen inputs. */
  readonly suite: IncidentSuite
  /** The variant whose fault it is; absent where the agent itself, its control arm, moved. */
  readonly variant?: string
}

export type IncidentSuite = 'production' | 'sentinel'

/** What people said of the pages of an agent, beside what it may cost them. */
export type PageLedger = {
  readonly agent: string
  /** Start of the 365 days, epoch milliseconds. */
  readonly since: number
  /** False pages a year that the owner accepts; null for an agent that is no longer configured. */
  readonly falsePagesPerYear: number | null
  /** By resolution, `open` and `acknowledged` for what nobody has judged yet. */
  readonly pages: Readonly<Record<IncidentState, number>>
  /** The same for pages that the mode of that day kept back: shadow, ticket. */
  readonly wouldBePages: Readonly<Record<IncidentState, number>>
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
  /** Scores that are rates: their smallest shift is a share, that of the others in standard deviations. */
  readonly rates: readonly string[]
  readonly warnings: readonly string[]
  /** Frozen outputs of each judged score, 0 without a guard; absent where nothing is judged. */
  readonly judgeAnchors?: Readonly<Record<string, number>>
  /** Who let it expire before its time, and why. */
  readonly expired?: { readonly by: string; readonly why: string | null }
}
