import type { Severity } from '@tidemark/instrumentation/semconv'
import type { StreamBatch, StreamDefinition } from '../statistics/index.ts'
import type { BaselineDocument, FrozenScore } from './baseline-document.ts'
import type { BatchStatistics, ScoreStatistics } from './batch-statistics.ts'

/** Practical size of a change (STATISTICS §2): points of a rate, baseline standard deviations, Cohen's w. */
export const TOLERANCE = { binary: 0.02, score: 0.15, shape: 0.15 } as const

/** Names of the streams of a score. `distribution` is the quintile stream; `shape` would mean the output's form. */
export type StreamName = 'mean' | 'rank' | 'distribution' | 'categories' | 'missing'

/** A stream of a detector, and how a batch is turned into its input. */
export type WatchedStream = {
  readonly score: string
  readonly stream: StreamName
  readonly definition: StreamDefinition
}

const SEPARATOR = '.'

/**
 * The streams of one detector. Metrics weigh the same, and a metric shares its weight equally among its streams. The
 * missing share of every score is a metric of the ticket detector, since failures that remove bad items bias the rest.
 */
export function streamsOf(baseline: BaselineDocument, severity: Severity): WatchedStream[] {
  const metrics: Omit<WatchedStream, 'definition'>[][] = []
  for (const score of baseline.scores) {
    if (score.detector === severity) metrics.push(streamNames(score).map((stream) => ({ score: score.name, stream })))
    if (severity === 'ticket') metrics.push([{ score: score.name, stream: 'missing' }])
  }
  return metrics.flatMap((streams) =>
    streams.map(({ score, stream }) => {
      const frozen = baseline.scores.find(({ name }) => name === score)
      const statistics = baseline.statistics[score]
      if (frozen === undefined || statistics === undefined) throw new Error(`the baseline has no score ${score}`)
      const weight = 1 / metrics.length / streams.length
      return { score, stream, definition: definitionOf(frozen, stream, statistics, weight) }
    }),
  )
}

/** Input of a stream for one batch; null where the score has no statistics today. */
export function batchOf({ score, stream }: WatchedStream, batch: BatchStatistics): StreamBatch | null {
  const statistics = batch.scores[score]
  return statistics === undefined ? null : entriesOf(statistics, stream)
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
  weight: number,
): StreamDefinition {
  const common = { name: `${score.name}${SEPARATOR}${stream}`, weight, direction: score.direction }
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
