import type { EscalationReport } from '../domain/verdict.ts'
import { createShareEvidence, type ShareEvidence } from '../statistics/index.ts'
import type { BaselineDocument } from './baseline-document.ts'
import type { BatchStatistics } from './batch-statistics.ts'
import { cappedExp } from './capped-evidence.ts'
import type { DetectorIncident } from './watched-detector.ts'

/** False alarms a year that one escalation limit may raise. */
const ALARMS_PER_YEAR = 1
/** The share of this many runs must be back at the limit before a resolved alarm clears (STATISTICS §9). */
const CLEARING_RUNS = 20

/**
 * Evidence that too many decisions go to people. Its alarm opens a ticket; once that is resolved and the share of the last
 * 20 runs is at or below the limit, the sum of that limit starts again at 0.
 */
export type EscalationWatch = {
  run(slotAt: number, batch: BatchStatistics | null, incidents: readonly DetectorIncident[]): EscalationState
}

export type EscalationState = EscalationReport & { readonly alarmedNow: boolean }

type Decisions = BatchStatistics['decisions']
type WatchedLimit = {
  readonly limit: number
  readonly evidence: ShareEvidence
  logSum: number
  /** The limit has been at its threshold since it last began at 0. */
  isAlarming: boolean
}

export function createEscalationWatch({ runsPerYear, escalationLimits }: BaselineDocument): EscalationWatch {
  const threshold = runsPerYear / ALARMS_PER_YEAR
  const limits = escalationLimits.map((limit): WatchedLimit => ({
    limit,
    evidence: createShareEvidence(limit),
    logSum: -Infinity,
    isAlarming: false,
  }))
  let recent: Decisions[] = []
  let alarmSlot: number | null = null
  return {
    run(slotAt, batch, incidents) {
      const decisions = batch?.decisions ?? { escalated: 0, others: 0 }
      const total = decisions.escalated + decisions.others
      if (total > 0) recent = [...recent, decisions].slice(-CLEARING_RUNS)
      for (const one of limits) {
        one.logSum = one.evidence.step(decisions).logSum
        one.isAlarming ||= one.logSum >= Math.log(threshold)
      }
      if (alarmSlot !== null && isResolved(alarmSlot, slotAt, incidents)) {
        for (const one of limits) if (one.isAlarming && hasCalmed(recent, one.limit)) startAgain(one)
        if (!limits.some(({ isAlarming }) => isAlarming)) alarmSlot = null
      }
      const alarmedNow = alarmSlot === null && limits.some(({ isAlarming }) => isAlarming)
      if (alarmedNow) alarmSlot = slotAt
      return {
        share: total === 0 ? null : decisions.escalated / total,
        decisions: total,
        threshold,
        evidence: Object.fromEntries(limits.map((one) => [String(one.limit), latchedEvidence(one, threshold)])),
        alarm: alarmSlot !== null,
        alarmedNow,
      }
    },
  }
}

/** The incident that this alarm opened was closed before this slot. */
function isResolved(alarmSlot: number, slotAt: number, incidents: readonly DetectorIncident[]): boolean {
  return incidents.some(
    ({ severity, openedSlotAt, resolvedSlotAt }) =>
      severity === 'ticket' && openedSlotAt === alarmSlot && resolvedSlotAt !== null && resolvedSlotAt < slotAt,
  )
}

function startAgain(one: WatchedLimit): void {
  one.evidence.restart()
  one.logSum = -Infinity
  one.isAlarming = false
}

/** The sum falls with every good run; an alarm stays until somebody has closed it. */
function latchedEvidence({ logSum, isAlarming }: WatchedLimit, threshold: number): number {
  return isAlarming ? Math.max(threshold, cappedExp(logSum)) : cappedExp(logSum)
}

function hasCalmed(recent: readonly Decisions[], limit: number): boolean {
  return recent.length === CLEARING_RUNS && shareOf(recent) <= limit
}

function shareOf(runs: readonly Decisions[]): number {
  const escalated = runs.reduce((sum, run) => sum + run.escalated, 0)
  const total = runs.reduce((sum, run) => sum + run.escalated + run.others, 0)
  return escalated / total
}
