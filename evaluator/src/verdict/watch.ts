import type { ChangeEvent, EscalationReport } from '../domain/verdict.ts'
import { createShareEvidence } from '../statistics/index.ts'
import type { BaselineDocument } from './baseline-document.ts'
import type { BatchStatistics } from './batch-statistics.ts'
import { cappedExp } from './capped-evidence.ts'
import { createChangeTracker } from './change-events.ts'
import { createInputMix } from './input-mix.ts'
import {
  createWatchedDetector,
  type DetectorIncident,
  type WatchedDetector,
  type WatchedStep,
} from './watched-detector.ts'

/** Everything that is known after a slot. */
export type WatchState = {
  readonly page: WatchedStep | null
  readonly ticket: WatchedStep | null
  readonly inputMixChanged: boolean
  readonly newChanges: readonly ChangeEvent[]
  readonly changes: readonly ChangeEvent[]
  readonly escalation: EscalationReport
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

/** False alarms a year that one escalation limit may raise. */
const ESCALATION_ALARMS_PER_YEAR = 1

export function createWatch(baseline: BaselineDocument): Watch {
  const page = createWatchedDetector(baseline, 'page')
  const ticket = createWatchedDetector(baseline, 'ticket')
  const mix = createInputMix(baseline)
  const tracker = createChangeTracker(baseline.values)
  const limits = baseline.escalationLimits.map((limit) => ({ limit, evidence: createShareEvidence(limit) }))
  let strata = baseline.strata
  return {
    baseline,
    page,
    ticket,
    get strata() {
      return strata
    },
    run(slotAt, batch, incidents) {
      strata = batch?.strata ?? strata
      const decisions = batch?.decisions ?? { escalated: 0, others: 0 }
      const total = decisions.escalated + decisions.others
      return {
        page: page?.run(slotAt, batch, incidents) ?? null,
        ticket: ticket?.run(slotAt, batch, incidents) ?? null,
        inputMixChanged: mix.run(batch),
        newChanges: batch === null ? [] : tracker.run(slotAt, batch.values),
        changes: tracker.events,
        escalation: {
          share: total === 0 ? null : decisions.escalated / total,
          decisions: total,
          threshold: baseline.runsPerYear / ESCALATION_ALARMS_PER_YEAR,
          evidence: Object.fromEntries(
            limits.map(({ limit, evidence }) => [String(limit), cappedExp(evidence.step(decisions).logSum)]),
          ),
        },
      }
    },
  }
}
