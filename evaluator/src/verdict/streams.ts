import type { Severity } from '@tidemark/instrumentation/semconv'
import type { StreamBatch, StreamDefinition } from '../statistics/index.ts'
import { SEGMENT_MINIMUM_SAMPLES, type BaselineDocument, type FrozenScore } from './baseline-document.ts'
import type { BatchStatistics, ScoreStatistics } from './batch-statistics.ts'
import { inStratum, scoredCount } from './pooled-statistics.ts'

/** Practical size of a change (STATISTICS §2): points of a rate, baseline standard deviations, Cohen's w. */
export const TOLERANCE = { binary: 0.02, score: 0.15, shape: 0.15 } as const

/** Names of the streams of a score. `distribution` is the quintile stream; `shape` would mean the output's form. */
export type StreamName = 'mean' | 'rank' | 'distribution' | 'categories' | 'missing'

/** A stream of a detector, and how a batch is turned into its input. */
export type WatchedStream = {
  readonly score: string
  readonly stream: StreamName
  /** Index of the one stratum that this copy looks at; null for a stream over all traffic. */
  readonly segment: number | null
  readonly definition: StreamDefinition
}

/** What the streams over all traffic keep of a ticket detector's evidence when there are copies for segments. */
const ALL_TRAFFIC_SHARE = 0.5

/** A metric before it is weighed: its score with the statistics that are its baseline. */
type Metric = {
  readonly score: FrozenScore
  readonly statistics: ScoreStatistics
  readonly streams: readonly StreamName[]
  readonly segment: number | null
}

/**
 * The streams of one detector. Metrics weigh the same, and a metric shares its weight equally among its streams. The
 * missing share of every score is a metric of the ticket detector, since failures that remove bad items bias the rest.
 * Copies of all scores in single segments share half of the ticket detector (STATISTICS §4.1): a change in one segment,
 * which the whole dilutes, is found there, and pages nobody.
 */
export function streamsOf(baseline: BaselineDocument, severity: Severity): WatchedStream[] {
  const metrics = allTraffic(baseline, severity)
  const copies = severity === 'ticket' ? segmentCopies(baseline) : []
  const streams =
    copies.length === 0
      ? weighed(metrics, 1)
      : [...weighed(metrics, ALL_TRAFFIC_SHARE), ...weighed(copies, 1 - ALL_TRAFFIC_SHARE)]
  const { overdispersionPrior } = baseline
  if (overdispersionPrior === undefined) return streams
  return streams.map((stream) => ({ ...stream, definition: { ...stream.definition, overdispersionPrior } }))
}

/** Input of a stream for one batch; null where the score has no statistics today. */
export function batchOf(
  { score, stream, segment }: WatchedStream,
  batch: Pick<BatchStatistics, 'scores'>,
): StreamBatch | null {
  const statistics = batch.scores[score]
  if (statistics === undefined) return null
  return entriesOf(segment === null ? statistics : inStratum(statistics, segment), stream)
}

function allTraffic(baseline: BaselineDocument, severity: Severity): Metric[] {
  return baseline.scores.flatMap((score) => {
    const statistics = statisticsOf(baseline, score)
    const metric = (streams: readonly StreamName[]): Metric => ({ score, statistics, streams, segment: null })
    return [
      ...(score.detector === severity ? [metric(streamNames(score))] : []),
      ...(severity === 'ticket' && score.detector !== 'none' ? [metric(['missing'])] : []),
    ]
  })
}

function segmentCopies(baseline: BaselineDocument): Metric[] {
  return baseline.watchedSegments.flatMap((segment) =>
    baseline.scores.flatMap((score) => {
      const statistics = inStratum(statisticsOf(baseline, score), segment)
      if (score.detector === 'none' || scoredCount(statistics) < SEGMENT_MINIMUM_SAMPLES) return []
      return [{ score, statistics, streams: streamNames(score), segment }]
    }),
  )
}

function weighed(metrics: readonly Metric[], share: number): WatchedStream[] {
  return metrics.flatMap(({ score, statistics, streams, segment }) =>
    streams.map((stream) => ({
      score: score.name,
      stream,
      segment,
      definition: definitionOf(score, stream, statistics, {
        name: `${score.name}.${stream}${segment === null ? '' : `@${segment}`}`,
        weight: share / metrics.length / streams.length,
      }),
    })),
  )
}

function statisticsOf(baseline: BaselineDocument, { name }: FrozenScore): ScoreStatistics {
  const statistics = baseline.statistics[name]
  if (statistics === undefined) throw new Error(`the baseline has no score ${name}`)
  return statistics
}

function streamNames(score: FrozenScore): StreamName[] {
  switch (score.kind) {
    case 'binary':
      return ['mean']
    case 'score':
      return ['mean', 'rank', 'distribution']
    case 'categorical':
      return ['categories']
  }
}

function definitionOf(
  score: FrozenScore,
  stream: StreamName,
  statistics: ScoreStatistics,
  identity: { readonly name: string; readonly weight: number },
): StreamDefinition {
  const common = { ...identity, direction: score.direction }
  if (stream === 'missing')
    return {
      ...common,
      kind: 'binary',
      direction: 'lower-better',
      tolerance: TOLERANCE.binary,
      baseline: statistics.missing,
    }
  switch (statistics.kind) {
    case 'binary':
      return { ...common, kind: 'binary', tolerance: TOLERANCE.binary, baseline: statistics.mean }
    case 'categorical':
      return { ...common, kind: 'shape', tolerance: TOLERANCE.shape, baseline: statistics.categories }
    case 'score':
      if (stream === 'distribution')
        return { ...common, kind: 'shape', tolerance: TOLERANCE.shape, baseline: statistics.distribution }
      return {
        ...common,
        kind: 'score',
        tolerance: TOLERANCE.score,
        baseline: stream === 'rank' ? statistics.rank : statistics.mean,
      }
  }
}

function entriesOf(statistics: ScoreStatistics, stream: StreamName): StreamBatch | null {
  if (stream === 'missing') return statistics.missing
  switch (statistics.kind) {
    case 'binary':
      return statistics.mean
    case 'categorical':
      return statistics.categories
    case 'score':
      return stream === 'rank' ? statistics.rank : stream === 'distribution' ? statistics.distribution : statistics.mean
  }
}
