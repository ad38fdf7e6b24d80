import type { AgentSettings } from '../config.ts'
import { windowAt, type ExcludedWindow } from '../domain/excluded-window.ts'
import type { UncomparedScore } from '../domain/verdict.ts'
import { intervalMilliseconds } from '../schedule/cadence.ts'
import type { AgentScorers } from '../scoring/create-scorers.ts'
import type { Sample } from '../scoring/sample.ts'
import type { ScoredCall } from '../scoring/scored-call.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { decisionsIn, type Window } from '../store/telemetry.ts'
import type { BaselineDocument } from '../verdict/baseline-document.ts'
import { batchStatistics, type BatchStatistics, type VariantStatistics } from '../verdict/batch-statistics.ts'
import { judgesInUse } from '../verdict/judge-changes.ts'
import { uncomparedScores } from '../verdict/uncompared-scores.ts'
import { promotionsOf } from '../store/planned-changes.ts'
import { variantStatistics } from '../verdict/variant-statistics.ts'
import { collectSample } from './collect-sample.ts'
import { scoreItems, scoreMatured, type ScoringRequest } from './score-items.ts'

/** A slot that is to be scored against a baseline. */
export type SlotScoring = {
  readonly agent: string
  readonly settings: AgentSettings
  readonly scorers: AgentScorers
  readonly window: Window
  readonly baseline: { readonly id: string; readonly document: BaselineDocument }
  /** Strata known so far. */
  readonly strata: readonly string[]
  readonly excluded: readonly ExcludedWindow[]
  readonly signal: AbortSignal
}

/** What of the configuration is compared with a baseline: the judges, and what is left out with its reason. */
export function comparedScores(
  baseline: BaselineDocument,
  { scorers, judges }: AgentScorers,
): { readonly judges: AgentScorers['judges']; readonly uncompared: readonly UncomparedScore[] } {
  const uncompared = uncomparedScores(baseline, scorers)
  return {
    uncompared,
    judges: new Map([...judges].filter(([name]) => !uncompared.some(({ score }) => score === name))),
  }
}

/** Scores the items of a slot and reduces them to its statistics; calls and decisions of excluded windows are left out. */
export async function scoreSlot(
  db: StoreDatabase,
  sample: Pick<Sample, 'items' | 'variants'>,
  slot: SlotScoring,
): Promise<{ readonly items: readonly ScoredCall[]; readonly batch: BatchStatistics }> {
  const { agent, scorers, window, baseline, signal } = slot
  const decisions = (await decisionsIn(db, agent, window)).filter(({ at }) => windowAt(slot.excluded, at) === undefined)
  const request = { agent, scorers, window, key: `${baseline.id}/${window.to}`, signal }
  const items = await scoreItems(db, sample.items, request)
  const { uncompared } = comparedScores(baseline.document, scorers)
  const frozen = baseline.document.scores.filter(({ name }) => !uncompared.some(({ score }) => score === name))
  const batch = batchStatistics(items, decisions, {
    frozen,
    strata: slot.strata,
    segments: baseline.document.segments,
    matured: await maturedItems(db, request, slot),
  })
  const variants = await scoreVariants(db, sample, request, {
    frozen,
    strata: batch.strata,
    segments: baseline.document.segments,
  })
  const judges = judgesInUse(scorers.judges, items)
  return {
    items,
    batch: {
      ...batch,
      ...(Object.keys(variants).length === 0 ? {} : { variants }),
      ...(Object.keys(judges).length === 0 ? {} : { judges }),
    },
  }
}

/** Statistics with what the judges said of their anchors in this slot. */
export function withAnchors(batch: BatchStatistics, anchors: NonNullable<BatchStatistics['anchors']>): BatchStatistics {
  return Object.keys(anchors).length === 0 ? batch : { ...batch, anchors }
}

/** The other arms of the slot, scored like control; scores that are complete only later are not compared. */
async function scoreVariants(
  db: StoreDatabase,
  sample: Pick<Sample, 'variants'>,
  request: ScoringRequest,
  { frozen, ...over }: Parameters<typeof variantStatistics>[1],
): Promise<Readonly<Record<string, VariantStatistics>>> {
  const arms = new Map<string, readonly ScoredCall[]>()
  for (const [name, calls] of sample.variants)
    arms.set(name, await scoreItems(db, calls, { ...request, key: `${request.key}/${name}` }))
  const compared = frozen.filter(({ name }) => (request.scorers.lags.get(name) ?? 0) === 0)
  return variantStatistics(arms, { ...over, frozen: compared })
}

/** For each score that is complete only later the items of an earlier slot, now that their time has come. */
async function maturedItems(
  db: StoreDatabase,
  request: ScoringRequest,
  { settings, baseline, excluded }: SlotScoring,
): Promise<Map<string, readonly ScoredCall[]>> {
  const matured = new Map<string, readonly ScoredCall[]>()
  for (const lag of new Set(request.scorers.lags.values())) {
    if (lag === 0) continue
    const shift = maturingMilliseconds(lag, settings)
    const window = { from: request.window.from - shift, to: request.window.to - shift }
    // the baseline has these calls already
    const sample =
      window.from < baseline.document.window.to
        ? null
        : await collectSample(db, request.agent, {
            slotAt: window.to,
            window,
            size: settings.schedule.batchSize,
            watchedSince: baseline.document.window.from,
            key: baseline.id,
            promotions: await promotionsOf(db, request.agent),
            excluded,
          })
    const items = sample === null ? [] : await scoreMatured(db, sample.items, { ...request, window }, lag)
    for (const [name, own] of request.scorers.lags) if (own === lag) matured.set(name, items)
  }
  return matured
}

/** A score of this lag is part of the slot that comes this much after its call's: whole intervals. */
export function maturingMilliseconds(lag: number, settings: AgentSettings): number {
  const interval = intervalMilliseconds(settings.schedule.cadence)
  return Math.ceil(lag / interval) * interval
}
