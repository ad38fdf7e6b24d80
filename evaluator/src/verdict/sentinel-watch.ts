import type { ChangedInput, ReplayedInput, SentinelMove, SentinelReport } from '../domain/sentinel.ts'
import { logSumExp } from '../statistics/index.ts'
import type { BaselineDocument } from './baseline-document.ts'
import { comparedItem, scoreStatistics, type BatchStatistics, type ScoreStatistics } from './batch-statistics.ts'
import { onsetOf } from './causes.ts'
import { replayBaseline } from './replay-baseline.ts'
import { changedInputs, sentinelMoves } from './sentinel-moves.ts'
import {
  createWatchedDetector,
  type DetectorIncident,
  type WatchedDetector,
  type WatchedStep,
} from './watched-detector.ts'

const DAY = 86_400_000
/** Runs that are kept to say what moved, and how much was looked at since a day. */
const RUNS_KEPT = 90
/** Evidence for a page from this part of its threshold on has a day worth naming. */
const WATCH_FROM = 0.1

/** A run of replays: which slot, and what came of each input; null where the run counts for nothing. It is all that the detectors see. */
export type SentinelRun = { readonly slotAt: number; readonly replays: readonly ReplayedInput[] | null }
type CountedRun = { readonly slotAt: number; readonly replays: readonly ReplayedInput[] }

/** What the replays up to a slot say. */
export type SentinelState = Pick<
  SentinelReport,
  | 'detectors'
  | 'agentChanged'
  | 'agentChangedUnjudged'
  | 'onset'
  | 'since'
  | 'recent'
  | 'moves'
  | 'changedInputs'
  | 'inputs'
> & { readonly page: WatchedStep | null; readonly ticket: WatchedStep | null }

/**
 * The watch over replays of frozen inputs (STATISTICS §8). Deterministic: fed with the stored runs and incidents in their
 * order, it ends in the same state, bit for bit.
 */
export type SentinelWatch = {
  /** Ids of the inputs that can be replayed. */
  readonly inputs: readonly string[]
  run(run: SentinelRun, incidents: readonly DetectorIncident[]): SentinelState
}

/** Null for a baseline without inputs that can be replayed, or without a budget for it. */
export function createSentinelWatch(document: BaselineDocument): SentinelWatch | null {
  const baseline = replayBaseline(document)
  if (baseline === null) return null
  const page = createWatchedDetector(baseline, 'page')
  const ticket = createWatchedDetector(baseline, 'ticket')
  const judged = new Set(Object.keys(document.anchors ?? {}))
  let recent: readonly CountedRun[] = []
  return {
    inputs: baseline.strata,
    run({ replays, ...run }, incidents) {
      for (const detector of [page, ticket]) detector?.resume(run.slotAt, incidents, null)
      if (replays !== null) recent = [...recent, { ...run, replays }].slice(-RUNS_KEPT)
      const batch = replays === null ? null : replayBatch(baseline, replays)
      const paged = page?.run(run.slotAt, batch, false) ?? null
      const ticketed = ticket?.run(run.slotAt, batch, false) ?? null
      const agentChanged = paged?.report.alarm === true
      const isMoving = paged !== null && paged.report.evidence >= paged.report.threshold * WATCH_FROM
      const since = (isMoving ? paged.onsetSlot : null) ?? run.slotAt
      const moved = recent.filter(({ slotAt }) => slotAt >= since)
      return {
        page: paged,
        ticket: ticketed,
        inputs: baseline.strata.length,
        detectors: [paged, ticketed].flatMap((after) => (after === null ? [] : [after.report])),
        agentChanged,
        agentChangedUnjudged: agentChanged && reachesWithout(judged, page, paged),
        onset: isMoving ? onsetOf(paged, DAY) : null,
        since,
        recent: recent.map((one) => ({ slotAt: one.slotAt, answered: answered(one.replays) })),
        moves: movesOf(baseline, moved),
        changedInputs: changesOf(baseline, moved),
      }
    },
  }
}

/** Statistics of one run, folded over the inputs by the transforms that were frozen. */
export function replayBatch(baseline: BaselineDocument, replays: readonly ReplayedInput[]): BatchStatistics {
  const index = new Map(baseline.strata.map((id, stratum) => [id, stratum]))
  const known = replays.flatMap((replay) => {
    const stratum = index.get(replay.id)
    return stratum === undefined ? [] : [{ stratum, replay }]
  })
  const itemsByStratum = baseline.strata.map(() => 0)
  for (const { stratum } of known) itemsByStratum[stratum] = (itemsByStratum[stratum] ?? 0) + 1
  const scores: Record<string, ScoreStatistics> = {}
  for (const score of baseline.scores) {
    const items = known.flatMap(({ stratum, replay }) =>
      comparedItem(score, replay.failure === null ? replay.scores[score.name] : null, stratum),
    )
    if (items.length > 0) scores[score.name] = scoreStatistics(score, items)
  }
  return {
    strata: baseline.strata,
    items: known.length,
    itemsByStratum,
    scores,
    values: {},
    decisions: { escalated: 0, others: 0 },
  }
}

function movesOf(baseline: BaselineDocument, runs: readonly CountedRun[]): SentinelMove[] {
  return sentinelMoves(
    baseline,
    runs.flatMap(({ replays }) => replays),
  )
}

function changesOf(baseline: BaselineDocument, runs: readonly CountedRun[]): ChangedInput[] {
  return changedInputs(
    baseline,
    runs.flatMap(({ replays }) => replays),
  )
}

/** Whether the page sum reaches the threshold without the scores of judges, which may have moved themselves. */
function reachesWithout(judged: ReadonlySet<string>, page: WatchedDetector | null, after: WatchedStep | null): boolean {
  if (page === null || after?.step === null || after === null) return false
  const { step, report } = after
  const parts = page.streams.flatMap(({ score, definition }, j) =>
    judged.has(score) ? [] : [Math.log(definition.weight) + (step.streams[j]?.logGated ?? -Infinity)],
  )
  return logSumExp(parts) >= Math.log(report.threshold)
}

function answered(replays: readonly ReplayedInput[]): number {
  return replays.filter(({ failure }) => failure === null).length
}
