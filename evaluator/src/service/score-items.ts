import { createHmac } from 'node:crypto'
import type { AgentScorers } from '../scoring/create-scorers.ts'
import type { EvaluatedCall } from '../scoring/evaluated-call.ts'
import { scoreCalls, type ScoredCall } from '../scoring/scored-call.ts'
import type { Scorer } from '../scoring/scorer.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import type { Window } from '../store/telemetry.ts'
import { externalScoresOf } from './external-scores.ts'
import { runFactsOf } from './run-facts.ts'

/** A run is ended after this long: what is not scored by then is missing, and the missing share says so. */
const LONGEST_SCORING_MILLISECONDS = 2 * 3_600_000

export type ScoringRequest = {
  readonly agent: string
  readonly scorers: AgentScorers
  /** Window of the calls, epoch milliseconds. */
  readonly window: Window
  /** Key of the hash that draws the sample of a costly score. */
  readonly key: string
  /** Aborted when the work no longer counts. */
  readonly signal: AbortSignal
}

/** Scores calls of one window by all scorers but those whose scores are complete only later. */
export async function scoreItems(
  db: StoreDatabase,
  calls: readonly EvaluatedCall[],
  request: ScoringRequest,
): Promise<readonly ScoredCall[]> {
  const { lags } = request.scorers
  return await scoreBy(db, calls, request, (scorer) => (lags.get(scorer.name) ?? 0) === 0)
}

/** Scores calls by the scores of one lag, once it has passed. */
export async function scoreMatured(
  db: StoreDatabase,
  calls: readonly EvaluatedCall[],
  request: ScoringRequest,
  lag: number,
): Promise<readonly ScoredCall[]> {
  return await scoreBy(db, calls, request, ({ name }) => request.scorers.lags.get(name) === lag)
}

async function scoreBy(
  db: StoreDatabase,
  calls: readonly EvaluatedCall[],
  { agent, scorers, window, key, signal }: ScoringRequest,
  isMeant: (scorer: Scorer) => boolean,
): Promise<readonly ScoredCall[]> {
  const meant = scorers.scorers.filter(isMeant)
  const external = scorers.lags.size === 0 ? null : await externalScoresOf(db, agent, window, longest(scorers.lags))
  const runs = scorers.readsRuns ? await runFactsOf(db, agent, calls) : null
  const samples = new Map(
    [...scorers.sampleSizes].map(([score, size]) => [score, drawn(calls, size, `${key}/${score}`)]),
  )
  const ended = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_SCORING_MILLISECONDS)])
  const scored = await scoreCalls(calls, meant, { signal: ended, samples }, ({ call }) => ({
    external: external?.of(call) ?? new Map(),
    run: runs?.get(call.traceId) ?? null,
  }))
  // what was cut short by a lost lease must not look like missing scores
  signal.throwIfAborted()
  return scored
}

/** Keys of the records with the lowest keyed hashes: a uniform sample, the same when the run is repeated. */
function drawn(calls: readonly EvaluatedCall[], size: number, key: string): ReadonlySet<string> {
  const records = calls.map(({ call }) => `${call.traceId}/${call.spanId}`)
  if (records.length <= size) return new Set(records)
  return new Set(
    records
      .map((record) => ({ record, hash: createHmac('sha256', key).update(record).digest('hex') }))
      .toSorted((a, b) => (a.hash < b.hash ? -1 : 1))
      .slice(0, size)
      .map(({ record }) => record),
  )
}

function longest(lags: ReadonlyMap<string, number>): number {
  return Math.max(0, ...lags.values())
}
