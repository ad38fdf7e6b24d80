import { REPLAY_PRIOR } from '../statistics/index.ts'
import type { BaselineDocument } from './baseline-document.ts'
import { comparedItem, scoreStatistics, type ScoreStatistics } from './batch-statistics.ts'
import { RUNS_PER_SENTINEL, type FrozenSentinel } from './frozen-sentinels.ts'

/** Fewer inputs cannot tell an agent from chance. */
export const LEAST_SENTINELS = 20
/** The part of both budgets that replay has where it is on: half, as of the weights in STATISTICS §4.1. */
export const SENTINEL_SHARE = 0.5
/** Sentinels run once a day, whatever the cadence of production is. */
const RUNS_PER_YEAR = 365
/** A score that most frozen runs lack cannot be compared. */
const LARGEST_MISSING_SHARE = 0.5

/** Inputs with enough frozen runs to be their own yardstick. */
export function replayable(document: Pick<BaselineDocument, 'sentinels'>): FrozenSentinel[] {
  return (document.sentinels ?? []).filter(
    ({ runs }) => runs.filter(({ failure }) => failure === null).length >= RUNS_PER_SENTINEL,
  )
}

/**
 * The yardstick of the replays: the same scores and transforms, with the input as stratum and its own frozen runs as reference
 * (STATISTICS §8), and a budget of its own. Null where nothing can be replayed, or no budget was set aside at freeze.
 */
export function replayBaseline(document: BaselineDocument): BaselineDocument | null {
  const share = document.sentinelShare ?? 0
  const inputs = replayable(document)
  if (share === 0 || inputs.length < LEAST_SENTINELS) return null
  const statistics: Record<string, ScoreStatistics> = {}
  const scores = document.scores.filter((score) => {
    const items = inputs.flatMap(({ runs }, stratum) =>
      runs.flatMap(({ failure, scores: values }) =>
        comparedItem(score, failure === null ? values[score.name] : null, stratum),
      ),
    )
    const missing = items.filter(({ value }) => value === null).length
    if (items.length === 0 || missing > items.length * LARGEST_MISSING_SHARE) return false
    statistics[score.name] = scoreStatistics(score, items)
    return true
  })
  return {
    ...document,
    strata: inputs.map(({ id }) => id),
    itemsByStratum: inputs.map(({ runs }) => runs.length),
    scores,
    statistics,
    watchedSegments: [],
    slowDriftShare: 0,
    sentinelShare: 0,
    overdispersionPrior: REPLAY_PRIOR,
    runsPerYear: RUNS_PER_YEAR,
    falsePagesPerYear: document.falsePagesPerYear * share,
    ticketsPerYear: document.ticketsPerYear * (1 - document.slowDriftShare) * share,
  }
}
