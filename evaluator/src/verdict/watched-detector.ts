import type { Severity } from '@tidemark/instrumentation/semconv'
import type { DetectorReport, Incident } from '../domain/verdict.ts'
import { createDetector, type DetectorStep, type StreamBatch } from '../statistics/index.ts'
import type { BaselineDocument } from './baseline-document.ts'
import type { BatchStatistics } from './batch-statistics.ts'
import { cappedExp } from './capped-evidence.ts'
import { COMPARED_RUNS } from './slow-drift.ts'
import { batchOf, streamsOf, type WatchedStream } from './streams.ts'

/** An incident as far as the detector cares. */
export type DetectorIncident = Pick<Incident, 'severity' | 'state' | 'openedSlotAt' | 'variant'> & {
  readonly resolvedSlotAt: number | null
}

/** A detector after a slot. `step` is the newest one, or the one that raised the page while its incident is open. */
export type WatchedStep = {
  readonly report: DetectorReport
  readonly step: DetectorStep | null
  /** Slots of the candidates of `step`: entry k is where the posterior's entry k lies. */
  readonly candidateSlots: readonly number[]
  /** This very slot raised the alarm. */
  readonly alarmedNow: boolean
  /** The alarm, if there is one, is that of a drift too slow for the evidence: its day is not known. */
  readonly isSlow: boolean
  /** Slot of the most likely change, of a slow drift the first of the runs compared. Null before the first run. */
  readonly onsetSlot: number | null
}

/** How an incident ended that had paused a detector. */
export type Resumption = { readonly as: 'fixed' | 'false_alarm'; readonly wasSlow: boolean }

/** The incident that an alarm of the page detector was delivered as, where it is not simply its own. */
export type DeliveredPage = Pick<Incident, 'severity' | 'openedSlotAt'>

export type WatchedDetector = {
  readonly streams: readonly WatchedStream[]
  /** Before a slot: goes on where the incident that paused the detector was resolved in the meantime; else null. */
  resume(slotAt: number, incidents: readonly DetectorIncident[], delivered: DeliveredPage | null): Resumption | null
  /** @param isSlowDrift the comparison with the frozen baseline asks for an alarm after this batch */
  run(slotAt: number, batch: BatchStatistics | null, isSlowDrift: boolean): WatchedStep
}

type Alarm = {
  readonly slotAt: number
  readonly step: DetectorStep
  readonly candidateSlots: readonly number[]
  readonly isSlow: boolean
}

/**
 * A detector with what happens after a page (STATISTICS §6.5): it pauses, the batches from the likely change on are set
 * aside, and it goes on when a human has resolved the incident. Null when the baseline has no score for it.
 */
export function createWatchedDetector(baseline: BaselineDocument, severity: Severity): WatchedDetector | null {
  const streams = streamsOf(baseline, severity)
  if (streams.length === 0) return null
  const detector = createDetector({
    streams: streams.map(({ definition }) => definition),
    runsPerYear: baseline.runsPerYear,
    falsePagesPerYear: budgetOf(baseline, severity),
  })
  let candidateSlots: number[] = []
  let newest: DetectorStep | null = null
  let alarm: Alarm | null = null
  let setAside: (StreamBatch | null)[][] = []

  return {
    streams,
    resume(slotAt, incidents, delivered) {
      if (alarm === null) return null
      const { slotAt: openedSlotAt, isSlow } = alarm
      const own = delivered ?? { severity, openedSlotAt }
      const incident = incidents.find((one) => one.severity === own.severity && one.openedSlotAt === own.openedSlotAt)
      if (incident === undefined || incident.resolvedSlotAt === null || incident.resolvedSlotAt >= slotAt) return null
      const as = incident.state === 'false_alarm' ? 'false_alarm' : 'fixed'
      if (as === 'fixed') detector.restart(onsetCandidate(alarm))
      else {
        detector.restart(detector.runsOfEpoch)
        for (const batches of setAside) detector.admit(batches)
      }
      alarm = null
      setAside = []
      candidateSlots = []
      newest = null
      return { as, wasSlow: isSlow }
    },
    run(slotAt, batch, isSlowDrift) {
      const inputs = batch === null ? null : streams.map((stream) => batchOf(stream, batch))
      let alarmedNow = false
      if (alarm !== null) {
        if (inputs !== null) setAside.push(inputs)
      } else if (inputs !== null) {
        const step = detector.step(inputs)
        if (step !== null) {
          candidateSlots.push(slotAt)
          newest = step
          const isSlow = !step.pages && isSlowDrift
          if (step.pages || isSlow) {
            alarm = { slotAt, step, candidateSlots: [...candidateSlots], isSlow }
            alarmedNow = true
          }
        }
      }
      const shown =
        alarm ?? (newest === null ? null : { step: newest, candidateSlots: [...candidateSlots], isSlow: false })
      return {
        step: shown?.step ?? null,
        candidateSlots: shown?.candidateSlots ?? [],
        alarmedNow,
        isSlow: shown?.isSlow ?? false,
        onsetSlot: shown === null ? null : (shown.candidateSlots[onsetCandidate(shown)] ?? null),
        report: {
          severity,
          evidence: shown === null ? 0 : evidenceOf(shown, detector.threshold),
          rawEvidence: shown === null ? 0 : cappedExp(shown.step.logEvidence),
          threshold: detector.threshold,
          alarm: alarm !== null,
          improved: shown?.step.improved ?? false,
          runs: detector.runs,
        },
      }
    },
  }
}

/**
 * False alarms a year that the evidence of a detector may raise; slow drift has its own part of the tickets, and replay its
 * part of both.
 */
export function budgetOf(baseline: BaselineDocument, severity: Severity): number {
  const all = severity === 'page' ? baseline.falsePagesPerYear : baseline.ticketsPerYear * (1 - baseline.slowDriftShare)
  return all * (1 - (baseline.sentinelShare ?? 0))
}

/** A slow drift has no day: what leaves the reference after it are the runs that were compared. */
function onsetCandidate({ step, candidateSlots, isSlow }: Omit<Alarm, 'slotAt'>): number {
  return isSlow ? Math.max(0, candidateSlots.length - COMPARED_RUNS) : step.onset
}

/** A slow drift counts as evidence at the threshold, so that rules and panels that know only evidence show it. */
function evidenceOf({ step, isSlow }: Omit<Alarm, 'slotAt'>, threshold: number): number {
  const evidence = cappedExp(step.logGated)
  return isSlow ? Math.max(evidence, threshold) : evidence
}
