import type { EvaluatedCall } from './evaluated-call.ts'
import { scorableOf, sendsContentSampled, type CallSurroundings } from './scorable-record.ts'
import { scoreRecords, type ScoreRecord } from './score-record.ts'
import type { ScoreDefinition, ScoreOutcome, Scorer, ScoringContext } from './scorer.ts'
import { DEFAULT_SCORES, descriptorScorer } from './scorers/descriptor.ts'

/** Values by the name of their score: null is missing; a score without an entry skipped the record. */
export type ScoreValues = ReadonlyMap<string, number | string | null>

/** A call with its scores. */
export type ScoredCall = EvaluatedCall & { readonly scores: ScoreValues }

/** What every agent's calls are scored by without a configuration. */
const DEFAULT_SCORERS = DEFAULT_SCORES.map(descriptorScorer)
export const DEFAULT_DEFINITIONS: readonly ScoreDefinition[] = DEFAULT_SCORERS

/** Scores calls through the one function for records. */
export async function scoreCalls(
  calls: readonly EvaluatedCall[],
  scorers: readonly Scorer[],
  context: ScoringContext,
  around: (call: EvaluatedCall) => Omit<CallSurroundings, 'isContentSampled'>,
): Promise<readonly ScoredCall[]> {
  const isContentSampled = sendsContentSampled(calls)
  const records = calls.map((call) => scorableOf(call, { ...around(call), isContentSampled }))
  const scores = await scoreRecords(records, scorers, context)
  return calls.map((call, i) => ({ ...call, scores: valuesOf(scores[i] ?? []) }))
}

/** The default scores alone, which need nothing but the calls. */
export function withDefaultScores(calls: readonly EvaluatedCall[]): ScoredCall[] {
  return calls.map((call) => {
    const record = scorableOf(call)
    const values = DEFAULT_SCORERS.map((scorer) => [scorer.name, valueIn(scorer.score(record))] as const)
    return { ...call, scores: new Map(values) }
  })
}

function valueIn(outcome: ScoreOutcome): number | string | null {
  return outcome.kind === 'value' ? outcome.value : null
}

function valuesOf(scores: readonly ScoreRecord[]): ScoreValues {
  return new Map(
    scores.filter(({ value, missing }) => value !== null || missing !== null).map(({ name, value }) => [name, value]),
  )
}
