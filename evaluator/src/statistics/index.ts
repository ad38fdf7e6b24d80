export { STATISTICS_ERROR_CODES, StatisticsError, type StatisticsErrorCode } from './statistics-error.ts'

export type { BinaryCount, BinCounts, Moments } from './daily/statistics.ts'
export { mergeMoments, momentsOf, NO_ITEMS, sampleVariance } from './daily/moments.ts'
export {
  foldBinary,
  foldBins,
  foldCategories,
  foldMissing,
  foldMoments,
  replayStrata,
  type ScoredItem,
} from './daily/fold.ts'
export { quantileOfSorted, rankTransform, shapeBin, shapeCuts } from './daily/transforms.ts'

export {
  createDetector,
  type Detector,
  type DetectorOptions,
  type DetectorStep,
  type StreamStep,
} from './detector/detector.ts'
export type { StreamDefinition } from './detector/stream.ts'
export type { StreamBatch } from './detector/stream-input.ts'
export type { Direction, StreamKind } from './detector/effect-prior.ts'
export { launchLump, threshold } from './detector/threshold.ts'
export { credibleSet, mostLikely } from './detector/onset.ts'

export { createShareEvidence, logShareEvidence, type ShareEvidence, type ShareStep } from './escalation-share.ts'

export { type EventRanking, rankEvents } from './attribution/events.ts'
export { type Decomposition, decompose, type Segment, segmentOf } from './attribution/decomposition.ts'
export { shapley, type ShapleyPart } from './attribution/shapley.ts'
