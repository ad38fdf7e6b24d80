import type { IncidentState, Severity } from '@tidemark/instrumentation/semconv'
import type { Configuration } from '../config.ts'
import { settingsOf } from '../config.ts'
import type { Incident } from '../domain/verdict.ts'
import type { PublishedAgent, PublishedState } from '../publish/published-state.ts'
import { intervalMilliseconds } from '../schedule/cadence.ts'
import { agentsSeen } from '../store/agents.ts'
import { currentBaseline } from '../store/baselines.ts'
import { incidentsOf } from '../store/incidents.ts'
import type { Store } from '../store/open-store.ts'
import { reviewCounts, type ReviewCount } from '../store/reviews.ts'
import { verdictOf } from '../store/runs.ts'
import type { BaselineSummaries } from './baseline-summaries.ts'
import type { IngestCounts } from './ingest.ts'
import { countByState, pagesOfYear } from './page-ledger.ts'
import { newestSentinelReport } from './sentinel-status.ts'
import { modeInForce } from './slot-runner.ts'

/** Reads what `/metrics` shows; everything about an agent comes from the store, so that a restart changes nothing. */
export async function readPublishedState(
  store: Store,
  {
    config,
    summarise,
    counts,
    storeErrors,
    failedRuns,
    now,
  }: {
    config: Configuration
    summarise: BaselineSummaries
    counts: IngestCounts
    storeErrors: number
    /** Time of the newest failed run of an agent, epoch milliseconds. */
    failedRuns: ReadonlyMap<string, number>
    now: number
  },
): Promise<PublishedState> {
  const agents: PublishedAgent[] = []
  const reviews = await reviewCounts(store.db)
  for (const { name } of await agentsSeen(store.db)) {
    const settings = settingsOf(config, name)
    if (settings === undefined) continue
    const stored = (await verdictOf(store.db, name)) ?? null
    const all = await incidentsOf(store.db, name)
    // what a variant did is no state and no page of the agent itself
    const incidents = all.filter(({ variant }) => variant === undefined)
    const baseline = await currentBaseline(store.db, name)
    const sentinel = baseline === null ? null : await newestSentinelReport(store.db, name, baseline.id)
    // replays may be newer than the verdict
    const verdict =
      stored === null || sentinel === null
        ? stored
        : { ...stored, sentinel: { finding: null, ...stored.sentinel, ...sentinel } }
    agents.push({
      agent: name,
      mode: await modeInForce(store.db, name, settings),
      expectedSilenceSeconds: settings.expectedSilenceHours * 3600,
      intervalSeconds: intervalMilliseconds(settings.schedule.cadence) / 1000,
      lastRunAt: latest(verdict?.evaluatedAt, failedRuns.get(name)),
      verdict,
      incidents: { page: newestOf(incidents, 'page'), ticket: newestOf(incidents, 'ticket') },
      baseline: baseline === null ? null : summarise(baseline),
      review: reviews.filter(({ agent }) => agent === name).map((count) => reviewOf(count, now)),
      variantIncidents: newestByVariant(all),
      ledger: countByState(pagesOfYear(incidents, now)),
    })
  }
  return {
    agents,
    ingest: { spans: counts.spans(), rejected: counts.rejected() },
    store: { bytes: await store.bytes(), errors: storeErrors },
  }
}

/** Newest first, so that a cap keeps the newest. */
function newestByVariant(incidents: readonly Incident[]): PublishedAgent['variantIncidents'] {
  const states = new Map<string, IncidentState>()
  for (const { variant, state } of incidents.toReversed())
    if (variant !== undefined && !states.has(variant)) states.set(variant, state)
  return Object.fromEntries(states)
}

function newestOf(incidents: readonly Incident[], severity: Severity): Incident | null {
  const own = incidents.filter((one) => one.severity === severity)
  // replays have incidents of their own: what is not resolved goes before what is
  return own.findLast(({ state }) => state === 'open' || state === 'acknowledged') ?? own.at(-1) ?? null
}

function reviewOf({ state, priority, items, oldestAt }: ReviewCount, now: number): PublishedAgent['review'][number] {
  return { state, priority, items, oldestAgeSeconds: Math.max(0, (now - oldestAt) / 1000) }
}

function latest(...times: readonly (number | undefined)[]): number | null {
  const known = times.filter((time) => time !== undefined)
  return known.length === 0 ? null : Math.max(...known)
}
