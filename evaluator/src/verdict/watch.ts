import type { Attribution, ChangeEvent, FrozenComparison } from '../domain/verdict.ts'
import { attribute } from './attribution.ts'
import type { BaselineDocument } from './baseline-document.ts'
import type { BatchStatistics } from './batch-statistics.ts'
import { createChangeTracker } from './change-events.ts'
import { createEscalationWatch, type EscalationState } from './escalation-watch.ts'
import { createJudgeGuard, type JudgeState } from './judge-guard.ts'
import { createInputMix } from './input-mix.ts'
import { createRecentRuns } from './recent-runs.ts'
import { createSlowDrift } from './slow-drift.ts'
import { createVariantWatch, type VariantState } from './variant-watch.ts'
import {
  createWatchedDetector,
  type DeliveredPage,
  type DetectorIncident,
  type WatchedDetector,
  type WatchedStep,
} from './watched-detector.ts'

/** Everything that is known after a slot. */
export type WatchState = {
  readonly page: WatchedStep | null
  readonly ticket: WatchedStep | null
  readonly inputMixChanged: boolean
  /** What the anchors say of the judges; null where the baseline has none. */
  readonly judge: JudgeState | null
  /** This slot opens a page: the page detector alarms, and no judge explains it, or not any more. */
  readonly pagesNow: boolean
  readonly attribution: readonly Attribution[]
  readonly frozenComparisons: readonly FrozenComparison[]
  readonly newChanges: readonly ChangeEvent[]
  readonly changes: readonly ChangeEvent[]
  readonly escalation: EscalationState
  /** Variants of the last days, each beside control of the same slots. */
  readonly variants: readonly VariantState[]
}

/**
 * The watch over one agent against one baseline version. Deterministic: fed with the stored statistics and incidents of
 * the slots in their order, it ends in the same state, bit for bit.
 */
export type Watch = {
  readonly baseline: BaselineDocument
  readonly page: WatchedDetector | null
  readonly ticket: WatchedDetector | null
  /** Strata known so far; the next batch is folded over them. */
  readonly strata: readonly string[]
  run(slotAt: number, batch: BatchStatistics | null, incidents: readonly DetectorIncident[]): WatchState
}

export function createWatch(baseline: BaselineDocument): Watch {
  const page = createWatchedDetector(baseline, 'page')
  const ticket = createWatchedDetector(baseline, 'ticket')
  const mix = createInputMix(baseline)
  const tracker = createChangeTracker(baseline.values, baseline.judges ?? {})
  const escalations = createEscalationWatch(baseline)
  const slowDrift = createSlowDrift(baseline)
  const recent = createRecentRuns()
  const guard = createJudgeGuard(baseline)
  const variants = createVariantWatch(baseline)
  let strata = baseline.strata
  let delivered: DeliveredPage | null = null
  return {
    baseline,
    page,
    ticket,
    get strata() {
      return strata
    },
    run(slotAt, batch, allIncidents) {
      // a variant's fault pauses nothing of the agent's own watch
      const incidents = allIncidents.filter(({ variant }) => variant === undefined)
      strata = batch?.strata ?? strata
      recent.add(slotAt, batch)
      guard?.resume(slotAt, incidents)
      for (const [severity, detector] of [
        ['page', page],
        ['ticket', ticket],
      ] as const) {
        const resumption = detector?.resume(slotAt, incidents, severity === 'page' ? delivered : null) ?? null
        // the next alarm is a page of its own
        if (resumption !== null && severity === 'page') delivered = null
        if (resumption !== null) guard?.restart(severity)
        if (resumption !== null) slowDrift.restart(resumption.wasSlow && resumption.as === 'false_alarm')
      }
      const frozenComparisons = slowDrift.run(batch)
      const isSlow = frozenComparisons.some(({ opensTicket }) => opensTicket)
      const paged = page?.run(slotAt, batch, false) ?? null
      // what a page already tells is no ticket as well
      const ticketed = ticket?.run(slotAt, batch, isSlow && paged?.report.alarm !== true) ?? null
      const inputMix = mix.run(slotAt, batch)
      const isPaging = paged?.report.alarm === true
      const pageOnset = paged?.report.alarm === true ? (paged.onsetSlot ?? slotAt) : null
      const judge = guard?.run(batch === null ? null : { slotAt, batch }, pageOnset, recent) ?? null
      const next = isPaging ? deliver(delivered, judge, slotAt) : null
      const pagesNow = next?.severity === 'page' && delivered?.severity !== 'page'
      delivered = next
      return {
        page: paged,
        ticket: ticketed,
        inputMixChanged: inputMix.changed,
        judge,
        pagesNow,
        attribution: attribute(
          baseline,
          strata,
          recent.since(movingSince(paged, ticketed) ?? inputMix.sinceSlot ?? slotAt),
        ),
        frozenComparisons,
        newChanges: batch === null ? [] : tracker.run(slotAt, batch.values, batch.judges ?? {}),
        changes: tracker.events,
        escalation: escalations.run(slotAt, batch, incidents),
        variants: variants.run(slotAt, batch, allIncidents),
      }
    },
  }
}

/**
 * The incident that an alarm of the page detector belongs to. While a judge explains it, it is the ticket about the judge
 * (STATISTICS §8); it becomes a page of its own once the judge does not explain it any more, and stays one.
 */
function deliver(before: DeliveredPage | null, judge: JudgeState | null, slotAt: number): DeliveredPage {
  if (before?.severity === 'page') return before
  const isExplained = judge !== null && judge.alarmSlot !== null && !judge.agentChangedToo
  return isExplained
    ? { severity: 'ticket', openedSlotAt: judge.alarmSlot ?? slotAt }
    : { severity: 'page', openedSlotAt: slotAt }
}

/** Slot from which on something moved: what alarms, the page before the ticket, else what improved. */
function movingSince(page: WatchedStep | null, ticket: WatchedStep | null): number | null {
  const moving =
    [page, ticket].find((after) => after?.report.alarm === true) ?? (page?.report.improved === true ? page : null)
  return moving?.onsetSlot ?? null
}
