export { STATISTICS_ERROR_CODES, StatisticsError, type StatisticsErrorCode } from './statistics-error.ts'

export type { BinaryCount, BinCounts, Moments } from './daily/stratum-statistics.ts'
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

export { createDetector, type Detector, type DetectorOptions } from './detector/detector.ts'
export type { DetectorStep, StreamStep } from './detector/detector-step.ts'
export type { StreamDefinition } from './detector/stream.ts'
export { type OverdispersionPrior, REPLAY_PRIOR } from './detector/overdispersion.ts'
export type { StreamBatch } from './detector/stream-input.ts'
export type { Direction, StreamKind } from './detector/effect-prior.ts'
export { launchLump, threshold } from './detector/threshold.ts'
export { credibleSet, mostLikely } from './detector/onset.ts'

export { createVariantDetector, type VariantDetector, type VariantDetectorOptions } from './variant/variant-detector.ts'
export type { SameDayBatch } from './variant/same-day-stream.ts'
export { type ArmCounts, variantMeanDifference, variantRateDifference } from './variant/variant-difference.ts'

export { createShareEvidence, logShareEvidence, type ShareEvidence, type ShareStep } from './escalation-share.ts'

export { type EventRanking, rankEvents } from './attribution/events.ts'
export { type Decomposition, decompose, type Segment, segmentOf } from './attribution/decomposition.ts'
export { shapley, type ShapleyPart } from './attribution/shapley.ts'

export { clopperPearson, type Interval, wilson } from './estimates/rate-interval.ts'
export { rateDifference } from './estimates/rate-difference.ts'
export { meanInterval } from './estimates/mean-interval.ts'
export {
  type DetectableEffectQuery,
  type DetectableEffects,
  detectableEffects,
  effectInPoints,
  minimumDetectableEffect,
} from './estimates/detectable-effect.ts'
export { type AdjustedEffect, adjustedEffect, type MeasuredDifference } from './estimates/adjusted-effect.ts'
export { type FrozenDifference, frozenMeanDifference, frozenRateDifference } from './estimates/frozen-difference.ts'
export {
  type LabelledEstimate,
  type LabelledItem,
  ppiPlusPlus,
  RELIABLE_LABELS,
} from './estimates/prediction-powered.ts'
export { type Agreement, type Confusion, kappa } from './estimates/agreement.ts'

export { gateBinary, type GateResult, gateScore, type GateVerdict } from './gate/gate.ts'
export { mcnemar } from './gate/mcnemar.ts'
export { mulberry32 } from './gate/mulberry32.ts'
export { signFlip } from './gate/sign-flip.ts'
export { type PairedCounts, tango, tangoLower } from './gate/tango.ts'

export { jensenShannon, psi, psiWithoutChange, wasserstein } from './gauges/distances.ts'

export { logSumExp } from './special/log-sum-exp.ts'
export { logNormalCdf, logNormalInterval, normalCdf, normalQuantile, normalQuantileFromLog } from './special/normal.ts'
export { logStudentCdf, studentCdf, studentQuantile } from './special/student-t.ts'
export {
  chiSquareQuantile,
  logChiSquareLower,
  logChiSquareUpper,
  logGamma,
  logIncompleteGamma,
} from './special/gamma.ts'
export { betaQuantile, logBeta, logIncompleteBeta } from './special/beta.ts'
