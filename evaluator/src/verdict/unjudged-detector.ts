import type { Severity } from '@tidemark/instrumentation/semconv'
import { createDetector, type DetectorStep } from '../statistics/index.ts'
import type { BaselineDocument } from './baseline-document.ts'
import { cappedExp } from './capped-evidence.ts'
import type { RecentRun } from './recent-runs.ts'
import { batchOf, streamsOf } from './streams.ts'
import { budgetOf } from './watched-detector.ts'

/** The sum of what needs no judge, on the scale of the detector of all scores: its threshold is the same. */
export type UnjudgedDetector = {
  run(slot: RecentRun | null): void
  readonly alarm: boolean
  readonly evidence: number
  /** After the incident of its severity was resolved. */
  restart(): void
}

/**
 * A detector of its own, since that of all scores pauses once a judge made it alarm; with the same weights it reaches the
 * same threshold where their part alone does. That a judged score is missing needs no judge to be seen.
 */
export function createUnjudgedDetector(
  baseline: BaselineDocument,
  judged: readonly string[],
  severity: Severity,
): UnjudgedDetector {
  const streams = streamsOf(baseline, severity).filter(
    ({ score, stream }) => stream === 'missing' || !judged.includes(score),
  )
  const weight = streams.reduce((sum, { definition }) => sum + definition.weight, 0)
  if (weight === 0) return { run: () => undefined, alarm: false, evidence: 0, restart: () => undefined }
  const detector = createDetector({
    streams: streams.map(({ definition }) => ({ ...definition, weight: definition.weight / weight })),
    runsPerYear: baseline.runsPerYear,
    falsePagesPerYear: budgetOf(baseline, severity),
  })
  let newest: DetectorStep | null = null
  const logEvidence = (): number => (newest === null ? -Infinity : newest.logGated + Math.log(weight))
  const isAlarming = (): boolean => logEvidence() >= detector.logThreshold
  return {
    run(slot) {
      if (slot !== null) newest = detector.step(streams.map((stream) => batchOf(stream, slot.batch))) ?? newest
    },
    get alarm() {
      return isAlarming()
    },
    get evidence() {
      return cappedExp(logEvidence())
    },
    restart() {
      if (newest === null || !isAlarming()) return
      detector.restart(newest.onset)
      newest = null
    },
  }
}
