import {
  missing,
  SKIPPED,
  type MissingReason,
  type ScorableRecord,
  type ScoreDefinition,
  type ScoreOutcome,
  type Scorer,
  type ScoringContext,
} from './scorer.ts'

/** One score of one record. `value` is null where it is missing, and `missing` says why; both are null where it was skipped. */
export type ScoreRecord = {
  readonly name: string
  readonly version: string
  readonly value: number | string | null
  readonly missing: { readonly reason: MissingReason; readonly detail: string } | null
}

/** Longer explanations are cut: they are stored with every record. */
const DETAIL_CHARACTERS = 200

/**
 * Scores one record with every scorer. It knows neither slot nor store: the evaluator calls it for production, the harness
 * and the gate for their own runs, and all get the same scores. Never throws: what a scorer throws, or returns in vain, is
 * a missing score.
 */
export async function scoreRecord(
  record: ScorableRecord,
  scorers: readonly Scorer[],
  context: ScoringContext,
): Promise<ScoreRecord[]> {
  const outcomes = scorers.map((scorer) => outcomeOf(scorer, record, context))
  const settled: ScoreOutcome[] = []
  // all are under way by now, and none rejects
  for (const outcome of outcomes) settled.push(outcome instanceof Promise ? await outcome : outcome)
  return scorers.map((scorer, i) => scoreRecordOf(scorer, settled[i] ?? SKIPPED))
}

/** {@link scoreRecord} over many records at once, in their order; scorers bound what they do at a time. */
export async function scoreRecords(
  records: readonly ScorableRecord[],
  scorers: readonly Scorer[],
  context: ScoringContext,
): Promise<ScoreRecord[][]> {
  return await Promise.all(records.map((record) => scoreRecord(record, scorers, context)))
}

function outcomeOf(
  scorer: Scorer,
  record: ScorableRecord,
  context: ScoringContext,
): ScoreOutcome | Promise<ScoreOutcome> {
  if (context.samples?.get(scorer.name)?.has(record.key) === false) return SKIPPED
  try {
    const outcome = scorer.score(record, context)
    return outcome instanceof Promise ? outcome.catch(failure) : outcome
  } catch (error) {
    return failure(error)
  }
}

function failure(error: unknown): ScoreOutcome {
  return missing('failed', error instanceof Error ? error.message : String(error))
}

function scoreRecordOf(scorer: ScoreDefinition, outcome: ScoreOutcome): ScoreRecord {
  const { name, version } = scorer
  switch (outcome.kind) {
    case 'skipped':
      return { name, version, value: null, missing: null }
    case 'missing':
      return {
        name,
        version,
        value: null,
        missing: { reason: outcome.reason, detail: outcome.detail.slice(0, DETAIL_CHARACTERS).toWellFormed() },
      }
    case 'value':
      return isOfKind(scorer, outcome.value)
        ? { name, version, value: outcome.value, missing: null }
        : {
            name,
            version,
            value: null,
            missing: {
              reason: 'invalid_result',
              detail: `${String(outcome.value).slice(0, 40)} is no ${scorer.kind} value`,
            },
          }
  }
}

function isOfKind({ kind, categories }: ScoreDefinition, value: number | string): boolean {
  switch (kind) {
    case 'binary':
      return value === 0 || value === 1
    case 'score':
      return typeof value === 'number' && Number.isFinite(value)
    case 'categorical':
      return typeof value === 'string' && (categories.length === 0 || categories.includes(value))
  }
}
