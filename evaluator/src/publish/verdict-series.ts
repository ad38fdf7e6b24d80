import { AGENT_MODES, SEVERITIES, VERDICTS } from '@tidemark/instrumentation/semconv'
import type { SentinelReport } from '../domain/sentinel.ts'
import type { DetectorReport, VerdictRecord } from '../domain/verdict.ts'
import {
  causeSeries,
  contributionSeries,
  excludedSeries,
  findingSeries,
  frozenSeries,
  segmentSeries,
} from './attribution-series.ts'
import { CAP } from './caps.ts'
import { changeSeries } from './change-series.ts'
import { incidentSeries } from './incident-series.ts'
import { shareSeries, streamValues, windowValues } from './score-series.ts'
import { labelText, series, stateSet, type MetricKey, type Series } from './series.ts'
import { variantSeries } from './variant-series.ts'

/** Scheduled runs over production records. */
export const SUITE = 'production'
/** Daily replays of frozen inputs. */
export const SENTINELS = 'sentinel'
export const DAY_SECONDS = 86_400

/** Metrics that follow from a stored verdict alone; the live page and the exported history share them. */
export const VERDICT_SERIES = {
  driftEvidence: leadingEvidence,
  driftThreshold: (record) => detectorSeries(record, 'threshold'),
  driftRawEvidence: (record) => detectorSeries(record, 'rawEvidence'),
  driftScoreEvidence: (record) => record.scores.flatMap((score) => streamValues(score, 'evidence')),
  driftScoreEffect: (record) => record.scores.flatMap((score) => streamValues(score, 'effect')),
  driftScoreTolerance: (record) => record.scores.flatMap((score) => streamValues(score, 'tolerance')),
  driftUnjudgedEvidence: ({ judge }) =>
    SEVERITIES.flatMap((severity) => series({ severity }, judge?.unjudgedEvidence?.[severity] ?? null)),
  judgeShiftEvidence: ({ judge }) =>
    [...(judge?.shifts ?? [])]
      .sort((a, b) => b.evidence - a.evidence)
      .slice(0, CAP.judges)
      .flatMap(({ score, evidence }) => series({ judge: labelText(score) }, evidence)),
  judgeAgreementKappa: ({ judgeAgreement = [] }) =>
    [...judgeAgreement]
      .sort((a, b) => b.labels - a.labels)
      .slice(0, CAP.judges)
      .flatMap(({ score, kappa }) => series({ judge: labelText(score) }, kappa)),
  scoreUncompared: ({ uncompared = [] }) =>
    uncompared.slice(0, CAP.uncompared).flatMap(({ score, reason }) => series({ score: labelText(score), reason }, 1)),
  driftVerdict: (record) => stateSet('verdict', VERDICTS, record.verdict),
  driftOnset: (record) => series({}, record.onset === null ? null : record.onset.at / 1000),
  driftCauseProbability: (record) => causeSeries(record.causes),
  scoreMean: (record) => record.scores.flatMap((score) => windowValues(score, 'mean')),
  scoreMeanLow: (record) => record.scores.flatMap((score) => windowValues(score, 'low')),
  scoreMeanHigh: (record) => record.scores.flatMap((score) => windowValues(score, 'high')),
  scoreSamples: (record) => record.scores.flatMap((score) => windowValues(score, 'samples')),
  scoreMissingShare: ({ scores }) =>
    scores.flatMap(({ name, missingShare }) => series({ score: labelText(name) }, missingShare?.current ?? null)),
  scoreShare: (record) => record.scores.flatMap(shareSeries),
  scoreFrozenDifferenceLow: (record) => frozenSeries(record.frozenComparisons, 'low'),
  scoreFrozenDifferenceHigh: (record) => frozenSeries(record.frozenComparisons, 'high'),
  segmentShare: (record) => segmentSeries(record.segments),
  segmentContribution: (record) => contributionSeries(record.attribution),
  segmentEvidence: (record) => findingSeries(record.segmentFindings),
  variantEvidence: ({ variants }) => variantSeries(variants, 'evidence'),
  variantThreshold: ({ variants }) => variantSeries(variants, 'threshold'),
  variantSamples: ({ variants }) => variantSeries(variants, 'samples'),
  changeInfo: (record) => changeSeries(record.changes),
  escalationShare: ({ escalation }) => series({}, escalation.share),
  escalationEvidence: ({ escalation }) =>
    Object.entries(escalation.evidence).flatMap(([limit, evidence]) => series({ limit }, evidence)),
  escalationThreshold: ({ escalation }) =>
    Object.keys(escalation.evidence).flatMap((limit) => series({ limit }, escalation.threshold)),
  sentinelEvidence: ({ sentinel }) => sentinelSeries(sentinel, 'evidence'),
  sentinelThreshold: ({ sentinel }) => sentinelSeries(sentinel, 'threshold'),
  evaluationLastSuccess: (record) => [
    ...series({ suite: SUITE }, record.evaluatedAt / 1000),
    ...ofSentinels(record, ({ answered, finishedAt }) => (answered === 0 ? null : finishedAt / 1000)),
  ],
  evaluationDuration: (record) => [
    ...series({ suite: SUITE }, record.durationSeconds),
    ...ofSentinels(record, ({ durationSeconds }) => durationSeconds),
  ],
  evaluationSamples: (record) => [
    ...series({ suite: SUITE }, record.samples),
    ...ofSentinels(record, ({ answered, excluded }) => (excluded === undefined ? answered : 0)),
  ],
  evaluationExcludedSamples: ({ excluded, sentinel }) => [
    ...excludedSeries(SUITE, excluded),
    ...(sentinel === undefined ? [] : excludedSeries(SENTINELS, leftOut(sentinel))),
  ],
} as const satisfies Partial<Record<MetricKey, (record: VerdictRecord) => readonly Series[]>>

/** What the live page takes from settings and incidents, as far as the record of a past slot knows it. */
export const HISTORY_SERIES = {
  ...VERDICT_SERIES,
  // an alarm says that an incident was unresolved, not whether a human had acknowledged it by then
  driftIncident: ({ detectors }) =>
    incidentSeries((severity) => (detectors.some((one) => one.severity === severity && one.alarm) ? 'open' : null)),
  agentMode: (record) => stateSet('mode', AGENT_MODES, record.mode),
  evaluationLastRun: (record) => [
    ...series({ suite: SUITE }, record.evaluatedAt / 1000),
    ...ofSentinels(record, ({ finishedAt }) => finishedAt / 1000),
  ],
  evaluationInterval: (record) => [
    ...series({ suite: SUITE }, record.intervalSeconds),
    ...ofSentinels(record, () => DAY_SECONDS),
  ],
} as const satisfies Partial<Record<MetricKey, (record: VerdictRecord) => readonly Series[]>>

/** One value of the newest replays of frozen inputs; none where there are none. */
export function ofSentinels(
  record: Pick<VerdictRecord, 'sentinel'> | null,
  value: (report: SentinelReport) => number | null,
): Series[] {
  const sentinel = record?.sentinel
  return sentinel === undefined ? [] : series({ suite: SENTINELS }, value(sentinel))
}

/** Answers that were not there, and those of a run that counts for nothing. */
function leftOut({ failures, excluded, answered }: SentinelReport): Record<string, number> {
  return excluded === undefined ? failures : { ...failures, [excluded]: (failures[excluded] ?? 0) + answered }
}

function sentinelSeries(sentinel: SentinelReport | undefined, value: 'evidence' | 'threshold'): Series[] {
  return (sentinel?.detectors ?? []).flatMap((detector) => series({ severity: detector.severity }, detector[value]))
}

/** The evidence that is nearer its threshold, of production or of replays, so that one rule pages for both. */
function leadingEvidence({ detectors, sentinel }: VerdictRecord): Series[] {
  return detectors.flatMap(({ severity, evidence, threshold }) => {
    const replayed = sentinel?.detectors.find((one) => one.severity === severity)
    const other = replayed === undefined ? 0 : (replayed.evidence / replayed.threshold) * threshold
    return series({ severity }, Math.max(evidence, other))
  })
}

function detectorSeries(record: VerdictRecord, value: 'threshold' | 'rawEvidence'): Series[] {
  return record.detectors.flatMap((detector: DetectorReport) =>
    series({ severity: detector.severity }, detector[value]),
  )
}
