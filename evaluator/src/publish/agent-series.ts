import { AGENT_MODES } from '@tidemark/instrumentation/semconv'
import { incidentSeries } from './incident-series.ts'
import { labelText, series, stateSet, type MetricKey, type Series } from './series.ts'
import type { PublishedAgent, ReviewCount } from './published-state.ts'
import { variantIncidentSeries } from './variant-series.ts'
import { DAY_SECONDS, ofSentinels, SUITE } from './verdict-series.ts'

/** Metrics of an agent beyond its newest verdict: settings in force, incident, baseline, review queue, ledger. */
export const AGENT_SERIES = {
  agentMode: ({ mode }) => stateSet('mode', AGENT_MODES, mode),
  agentExpectedSilence: ({ expectedSilenceSeconds }) => series({}, expectedSilenceSeconds),
  driftIncident: ({ incidents }) => incidentSeries((severity) => incidents[severity]?.state ?? null),
  variantIncident: ({ verdict, variantIncidents }) => variantIncidentSeries(verdict?.variants, variantIncidents),
  evaluationInterval: ({ intervalSeconds, verdict }) => [
    ...series({ suite: SUITE }, intervalSeconds),
    ...ofSentinels(verdict, () => DAY_SECONDS),
  ],
  evaluationLastRun: ({ lastRunAt, verdict }) => {
    const newest = Math.max(lastRunAt ?? -Infinity, verdict?.evaluatedAt ?? -Infinity)
    return [
      ...(newest === -Infinity ? [] : series({ suite: SUITE }, newest / 1000)),
      ...ofSentinels(verdict, ({ finishedAt }) => finishedAt / 1000),
    ]
  },
  baselineCreated: (agent) => baselineSeries(agent, (baseline) => baseline.createdAt / 1000),
  baselineExpiry: (agent) => baselineSeries(agent, (baseline) => baseline.expiresAt / 1000),
  baselineSamples: (agent) => baselineSeries(agent, (baseline) => baseline.samples),
  baselineMinimumDetectableEffect: ({ baseline }) =>
    Object.entries(baseline?.minimumDetectableEffect ?? {}).flatMap(([score, effect]) =>
      series({ baseline: labelText(baseline?.id ?? ''), score: labelText(score) }, effect),
    ),
  reviewItems: ({ review }) =>
    review.flatMap(({ state, priority, items }) =>
      series({ state: labelText(state), priority: labelText(priority) }, items),
    ),
  reviewOldestAge: ({ review }) => oldestAges(review),
  falsePageLedger: ({ ledger }) =>
    Object.entries(ledger).flatMap(([resolution, count]) => series({ resolution: labelText(resolution) }, count)),
} as const satisfies Partial<Record<MetricKey, (agent: PublishedAgent) => readonly Series[]>>

function baselineSeries(
  { baseline }: PublishedAgent,
  value: (baseline: NonNullable<PublishedAgent['baseline']>) => number,
): Series[] {
  return baseline === null ? [] : series({ baseline: labelText(baseline.id) }, value(baseline))
}

/** One age per priority, over all states; 0 tells an empty queue from a missing one. */
function oldestAges(review: readonly ReviewCount[]): Series[] {
  const ages = new Map<string, number>()
  for (const { priority, oldestAgeSeconds } of review)
    ages.set(labelText(priority), Math.max(ages.get(labelText(priority)) ?? 0, oldestAgeSeconds ?? 0))
  return [...ages].flatMap(([priority, age]) => series({ priority }, age))
}
