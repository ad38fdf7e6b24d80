import type { MetricKey } from './series.ts'

/** Type and help text of every metric; units and windows as in the vocabulary. */
export const METRIC_HELP: Readonly<Record<MetricKey, { readonly type: 'gauge' | 'counter'; readonly help: string }>> = {
  driftEvidence: gauge('Evidence that the agent drifted, gated by direction and tolerance; alarms at its threshold.'),
  driftThreshold: gauge('Evidence at which the detector of this severity alarms.'),
  driftRawEvidence: gauge('Evidence of any change at all, without direction and tolerance.'),
  sentinelEvidence: gauge('Evidence that the agent changed, by replays of frozen inputs alone.'),
  sentinelThreshold: gauge('Evidence at which the replays of frozen inputs alarm.'),
  driftIncident: gauge('1 for the state of the newest incident of a severity; all 0 when there was none.'),
  agentMode: gauge('1 for the mode in force: shadow pages nobody, ticket raises tickets only, live pages.'),
  agentExpectedSilence: gauge('How long this agent may be silent before that is a cause for concern.'),
  driftScoreEvidence: gauge('Evidence of one stream of one score.'),
  driftScoreEffect: gauge('Shift of one stream since the onset: points, baseline standard deviations, or Cohen w.'),
  driftScoreTolerance: gauge('Smallest shift of one stream that matters, in the unit of the effect.'),
  driftUnjudgedEvidence: gauge('Evidence of the scores that need no judge, to be compared with the threshold.'),
  judgeShiftEvidence: gauge('Evidence that the judge of a score moved, from its anchors.'),
  judgeAgreementKappa: gauge(
    "Agreement of a judge with people about what is a defect, Cohen's kappa; from 20 labels on.",
  ),
  scoreUncompared: gauge('1 for a score that the newest verdict says nothing of, and why.'),
  driftVerdict: gauge('1 for the verdict of the newest slot.'),
  driftOnset: gauge('Start of the window in which the change most likely happened.'),
  driftCauseProbability: gauge('Probability of a recorded change being the cause; cause none: no recorded one.'),
  scoreMean: gauge('Mean of a score in the frozen baseline and in the newest slot.'),
  scoreMeanLow: gauge('Lower end of the 95 % interval of the mean.'),
  scoreMeanHigh: gauge('Upper end of the 95 % interval of the mean.'),
  scoreSamples: gauge('Records behind the mean.'),
  scoreMissingShare: gauge(
    'Share of the records of the newest slot for which a score has no value; from 10 records on.',
  ),
  scoreShare: gauge('Share of a category or bin of a score.'),
  scoreFrozenDifferenceLow: gauge(
    'Last 30 runs minus the frozen baseline, lower end of the interval: points, or baseline standard deviations.',
  ),
  scoreFrozenDifferenceHigh: gauge('Upper end of that interval; a slow drift brings both ends beyond the tolerance.'),
  segmentShare: gauge('Share of a segment among the records.'),
  segmentContribution: gauge(
    'Part of the movement of a score since the onset: by the share of a segment (mix) or inside it (within).',
  ),
  segmentEvidence: gauge('Evidence of a score in a segment that moved for itself.'),
  variantEvidence: gauge('Evidence that a variant is worse than control of the same days; alarms at its threshold.'),
  variantThreshold: gauge('Evidence at which a variant counts as worse than control.'),
  variantSamples: gauge('Records of a variant in the newest slot.'),
  variantIncident: gauge('1 for the state of the newest incident of a variant; absent where there was none.'),
  changeInfo: gauge('1 from the first record with a new model, prompt, tools, data source or judge.'),
  escalationShare: gauge('Share of decisions that went to humans in the newest slot.'),
  escalationEvidence: gauge('Evidence that the escalation share is above the limit.'),
  escalationThreshold: gauge('Evidence at which the escalation share counts as above the limit.'),
  evaluationLastSuccess: gauge('End of the newest run that succeeded.'),
  evaluationLastRun: gauge('End of the newest run, good or failed.'),
  evaluationInterval: gauge('Time between two scheduled runs.'),
  evaluationDuration: gauge('Time the newest run took.'),
  evaluationSamples: gauge('Records the newest run looked at.'),
  evaluationExcludedSamples: gauge('Records the newest run left out, by reason.'),
  baselineCreated: gauge('When the baseline in force was frozen.'),
  baselineExpiry: gauge('When the baseline in force expires.'),
  baselineSamples: gauge('Records the baseline in force holds.'),
  baselineMinimumDetectableEffect: gauge('Smallest change this baseline can find, in the unit of the tolerance.'),
  reviewItems: gauge('Escalated items in the review queue.'),
  reviewOldestAge: gauge('Age of the oldest item that waits for a human; 0 when none waits.'),
  falsePageLedger: gauge('Pages and would-be pages of the last 365 days by what a human said of them.'),
  ingestSpans: counter('Spans received, by what became of them.'),
  ingestRejected: counter('Spans refused, by reason; without an agent when it was not known.'),
  storeBytes: gauge('Size of the store.'),
  storeErrors: counter('Operations of the store that failed.'),
}

function gauge(help: string) {
  return { type: 'gauge', help } as const
}

function counter(help: string) {
  return { type: 'counter', help } as const
}
