import { movedScores } from '../domain/moved-scores.ts'
import type { ScoreReport, SegmentFinding } from '../domain/verdict.ts'
import { logSumExp } from '../statistics/index.ts'
import type { BaselineDocument, FrozenScore } from './baseline-document.ts'
import type { BatchStatistics } from './batch-statistics.ts'
import { cappedExp } from './capped-evidence.ts'
import { inStratum } from './pooled-statistics.ts'
import { streamReport } from './score-report.ts'
import { scoreWindow } from './score-window.ts'
import type { WatchedDetector, WatchedStep } from './watched-detector.ts'

/** Findings that a verdict carries. */
const FINDINGS_KEPT = 5
/** A segment is named from this part of the ticket's threshold on. */
const NAMED_FROM = 0.1

/**
 * Segments in which a score moved for itself: the copy of its streams holds a part of the ticket's evidence that counts,
 * and more evidence than the score has over all traffic. The strongest first.
 */
export function segmentFindings(
  baseline: BaselineDocument,
  batch: BatchStatistics | null,
  {
    detector,
    after,
    scores,
  }: {
    readonly detector: WatchedDetector | null
    readonly after: WatchedStep | null
    readonly scores: readonly ScoreReport[]
  },
): SegmentFinding[] {
  if (detector === null || after?.step == null) return []
  const moved = new Set(movedScores(scores).map(({ name }) => name))
  return baseline.watchedSegments
    .flatMap((segment) =>
      baseline.scores.flatMap((score) => candidate(baseline, batch, { detector, after, segment, score }) ?? []),
    )
    .filter(({ gated, finding }) => {
      const whole = scores.find(({ name }) => name === finding.name)
      return (
        gated >= after.report.threshold * NAMED_FROM &&
        (!moved.has(finding.name) || finding.evidence > (whole?.evidence ?? 0))
      )
    })
    .toSorted((a, b) => b.gated - a.gated)
    .slice(0, FINDINGS_KEPT)
    .map(({ finding }) => finding)
}

function candidate(
  baseline: BaselineDocument,
  batch: BatchStatistics | null,
  {
    detector,
    after,
    segment,
    score,
  }: {
    readonly detector: WatchedDetector
    readonly after: WatchedStep
    readonly segment: number
    readonly score: FrozenScore
  },
): { gated: number; finding: SegmentFinding } | null {
  const frozen = baseline.statistics[score.name]
  const copies = detector.streams.flatMap((stream, j) => {
    const step = after.step?.streams[j]
    return stream.segment === segment && stream.score === score.name && step !== undefined ? [{ stream, step }] : []
  })
  if (frozen === undefined || copies.length === 0) return null
  const streams = copies.map(({ stream, step }) => streamReport(stream, step))
  const today = batch?.scores[score.name]
  return {
    gated: cappedExp(logSumExp(copies.map(({ stream, step }) => Math.log(stream.definition.weight) + step.logGated))),
    finding: {
      segment: baseline.strata[segment] ?? '',
      name: score.name,
      kind: score.kind,
      direction: score.direction,
      detector: 'ticket',
      unit: score.unit,
      baseline: scoreWindow(score, inStratum(frozen, segment)),
      current: scoreWindow(score, today === undefined ? undefined : inStratum(today, segment)),
      evidence: streams.reduce((sum, stream) => sum + stream.evidence / streams.length, 0),
      streams,
    },
  }
}
