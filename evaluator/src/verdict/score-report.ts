import type { ScoreReport, StreamReport } from '../domain/verdict.ts'
import type { StreamStep } from '../statistics/index.ts'
import type { BaselineDocument } from './baseline-document.ts'
import type { BatchStatistics } from './batch-statistics.ts'
import { cappedExp } from './capped-evidence.ts'
import { missingShare } from './missing-share.ts'
import { scoreWindow } from './score-window.ts'
import type { WatchedStream } from './streams.ts'
import type { WatchedDetector, WatchedStep } from './watched-detector.ts'

/** Baseline against current for every watched score, with the evidence of its streams. */
export function scoreReports(
  baseline: BaselineDocument,
  batch: BatchStatistics | null,
  detectors: readonly { readonly detector: WatchedDetector | null; readonly after: WatchedStep | null }[],
): ScoreReport[] {
  return baseline.scores.flatMap((frozen) => {
    const streams = detectors.flatMap(({ detector, after }) => streamReports(frozen.name, detector, after))
    const own = streams.filter(({ stream }) => stream !== 'missing')
    const evidence = own.reduce((sum, stream) => sum + stream.evidence / own.length, 0)
    return [
      {
        name: frozen.name,
        kind: frozen.kind,
        direction: frozen.direction,
        detector: frozen.detector,
        unit: frozen.unit,
        baseline: scoreWindow(frozen, baseline.statistics[frozen.name]),
        current: scoreWindow(frozen, batch?.scores[frozen.name]),
        missingShare: {
          baseline: missingShare(baseline.statistics[frozen.name]),
          current: missingShare(batch?.scores[frozen.name]),
        },
        evidence,
        streams,
      },
    ]
  })
}

/** The effect of a score that never varied in the baseline is infinite, which JSON cannot hold. */
const LARGEST_EFFECT = 1e6

function streamReports(score: string, detector: WatchedDetector | null, after: WatchedStep | null): StreamReport[] {
  if (detector === null || after?.step == null) return []
  const steps = after.step.streams
  return detector.streams.flatMap((stream, j) => {
    const step = steps[j]
    if (stream.score !== score || stream.segment !== null || step === undefined) return []
    return [streamReport(stream, step)]
  })
}

/** One stream of a detector as people see it. */
export function streamReport({ stream }: WatchedStream, step: StreamStep): StreamReport {
  return {
    stream,
    z: step.z,
    // a stream that has never varied keeps the evidence of a sum without information: it says nothing
    evidence: step.z === null && step.effect === 0 ? 0 : cappedExp(step.logEvidence),
    effect: Math.max(-LARGEST_EFFECT, Math.min(LARGEST_EFFECT, step.effect)),
    tolerance: step.tolerance,
  }
}
