import type { Severity } from '@tidemark/instrumentation/semconv'
import type { DetectorReport, Incident } from '../domain/verdict.ts'
import { createDetector, type DetectorStep, type StreamBatch } from '../statistics/index.ts'
import type { BaselineDocument } from './baseline-document.ts'
import type { BatchStatistics } from './batch-statistics.ts'
import { cappedExp } from './capped-evidence.ts'
import { batchOf, streamsOf, type WatchedStream } from './streams.ts'

/** An incident as far as the detector cares. */
export type DetectorIncident = Pick<Incident, 'severity' | 'state' | 'openedSlotAt'> & {
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
}

export type WatchedDetector = {
  readonly streams: readonly WatchedStream[]
  run(slotAt: number, batch: BatchStatistics | null, incidents: readonly DetectorIncident[]): WatchedStep
}

type Alarm = { readonly slotAt: number; readonly step: DetectorStep; readonly candidateSlots: readonly number[] }

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
    falsePagesPerYear: severity === 'page' ? baseline.falsePagesPerYear : baseline.ticketsPerYear,
  })
  let candidateSlots: number[] = []
  let newest: DetectorStep | null = null
  let alarm: Alarm | null = null
  let setAside: (StreamBatch | null)[][] = []

  function resume(open: Alarm, slotAt: number, incidents: readonly DetectorIncident[]): boolean {
    const incident = incidents.find((one) => one.severity === severity && one.openedSlotAt === open.slotAt)
    if (incident === undefined || incident.resolvedSlotAt === null || incident.resolvedSlotAt >= slotAt) return false
    if (incident.state === 'false_alarm') {
      detector.restart(detector.runsOfEpoch)
      for (const batches of setAside) detector.admit(batches)
    } else {
      detector.restart(open.step.onset)
    }
    return true
  }

  return {
    streams,
    run(slotAt, batch, incidents) {
      if (alarm !== null && resume(alarm, slotAt, incidents)) {
        alarm = null
        setAside = []
        candidateSlots = []
        newest = null
      }
      const inputs = batch === null ? null : streams.map((stream) => batchOf(stream, batch))
      let alarmedNow = false
      if (alarm !== null) {
        if (inputs !== null) setAside.push(inputs)
      } else if (inputs !== null) {
        const step = detector.step(inputs)
        if (step !== null) {
          candidateSlots.push(slotAt)
          newest = step
          if (step.pages) {
            alarm = { slotAt, step, candidateSlots: [...candidateSlots] }
            alarmedNow = true
          }
        }
      }
      const step = alarm?.step ?? newest
      return {
        step,
        candidateSlots: alarm?.candidateSlots ?? [...candidateSlots],
        alarmedNow,
        report: {
          severity,
          evidence: step === null ? 0 : cappedExp(step.logGated),
          rawEvidence: step === null ? 0 : cappedExp(step.logEvidence),
          threshold: detector.threshold,
          alarm: alarm !== null,
          improved: step?.improved ?? false,
          runs: detector.runs,
        },
      }
    },
  }
}
