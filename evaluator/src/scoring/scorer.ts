import type { OutputShape, Route, Severity, ValidationOutcome } from '@tidemark/instrumentation/semconv'
import type { Direction, ScoreKind } from '../domain/verdict.ts'

/** Why a record has no value of a score. A missing score is never 0, and its share is watched. */
export const MISSING_REASONS = [
  'not_reported',
  'no_content',
  'no_reference',
  'absent',
  'too_large',
  'failed',
  'timed_out',
  'crashed',
  'out_of_memory',
  'invalid_result',
  'not_loaded',
  'cannot_judge',
  'budget_spent',
  'provider_failed',
  'bad_answer',
  'not_received',
] as const
export type MissingReason = (typeof MISSING_REASONS)[number]

/** A call of a tool, as the model wrote it: `arguments` is the JSON text, unparsed. */
export type ToolCall = { readonly name: string; readonly arguments: string }

/** What the model answered. `text` is empty where it only called tools or refused by a field of its own. */
export type OutputContent = { readonly text: string; readonly toolCalls: readonly ToolCall[] }

/** The run that a call belongs to: all spans of its trace, reduced. Times in seconds, cost in US dollars. */
export type RunFacts = {
  /** Names of tools and agents in the order of their start. */
  readonly path: readonly string[]
  /** Model calls and tool calls. */
  readonly steps: number
  /** Tools or agents that were entered again after something else had been entered since. */
  readonly loops: number
  /** Changes from one agent to another. */
  readonly handOffs: number
  /** Null where a model has no price. */
  readonly costUsd: number | null
  readonly wallTimeSeconds: number
  readonly route: Route | null
}

/**
 * What a scorer sees of one record, whoever made it: production, harness or gate. Null is "not known"; text is there
 * only where the agent sent it.
 */
export type ScorableRecord = {
  /** Identifies the record among all records of the agent: `trace/span`, or the id of an example. */
  readonly key: string
  /** Id of the example that was asked; only of harness, gate and replay. */
  readonly example?: string
  /** The right answer that an example brings with it; goes before those of a file. */
  readonly reference?: unknown
  readonly inputHash: string | null
  /** The messages that went in, as text for people. */
  readonly input: string | null
  readonly output: OutputContent | null
  readonly outputShape: OutputShape | null
  readonly outputCharacters: number | null
  readonly outputTokens: number | null
  readonly attempts: number | null
  readonly latencySeconds: number | null
  readonly validation: ValidationOutcome | null
  /** The text of this call was left out by the agent's own sampling: text scores skip it, nothing is missing. */
  readonly isContentSampledOut: boolean
  readonly run: RunFacts | null
  /** Scores that others gave, by their name; only those that are mature. */
  readonly external: ReadonlyMap<string, number | string>
}

/**
 * One scorer's finding. `value` is 0 or 1 (binary), a finite number (score), or the name of a category (categorical).
 * `skipped` is a record that was not meant to be scored, such as one outside a judge's sample: neither a value nor missing.
 */
export type ScoreOutcome =
  | { readonly kind: 'value'; readonly value: number | string }
  | { readonly kind: 'missing'; readonly reason: MissingReason; readonly detail: string }
  | { readonly kind: 'skipped' }

/** How a value is turned into the number that the statistics compare: counts and times as logarithms of ratios. */
export type ScoreScale = 'linear' | 'log' | 'log1p'

/** What a score is, apart from how it is computed; frozen with the baseline. */
export type ScoreDefinition = {
  readonly name: string
  readonly kind: ScoreKind
  readonly direction: Direction
  /** Whose evidence it enters; `none` is shown and never alarms. */
  readonly detector: Severity | 'none'
  /** Unit of the displayed value. */
  readonly unit: string
  readonly scale: ScoreScale
  /** All categories of a closed set in their order; empty where they are learned when a baseline is frozen. */
  readonly categories: readonly string[]
  /** Hash of the configuration and of the code version: another one is another instrument. */
  readonly version: string
}

export type ScoringContext = {
  /** Ends waiting for workers and providers; what is not scored by then is missing. */
  readonly signal: AbortSignal
  /** Keys of the records that a score is limited to, by its name; without an entry it takes all. */
  readonly samples?: ReadonlyMap<string, ReadonlySet<string>>
}

/**
 * A score and the way to compute it. `score` may throw: the record then misses this score. Scorers that ask elsewhere
 * (a worker, a provider) bound their own concurrency, so that any number of records may be given to them at once.
 */
export type Scorer = ScoreDefinition & {
  score(record: ScorableRecord, context: ScoringContext): ScoreOutcome | Promise<ScoreOutcome>
}

/** A scorer that must be closed when it is no longer used: it keeps a worker or connections. */
export type ScorerSet = {
  readonly scorers: readonly Scorer[]
  /** Most records of a run that a score is asked about, by its name: those that cost money. */
  readonly sampleSizes: ReadonlyMap<string, number>
  close(): Promise<void>
}

export function valueOf(value: number | string): ScoreOutcome {
  return { kind: 'value', value }
}

export function passed(isGood: boolean): ScoreOutcome {
  return { kind: 'value', value: isGood ? 1 : 0 }
}

export function missing(reason: MissingReason, detail = ''): ScoreOutcome {
  return { kind: 'missing', reason, detail }
}

export const SKIPPED: ScoreOutcome = { kind: 'skipped' }
