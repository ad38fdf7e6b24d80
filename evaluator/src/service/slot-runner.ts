import type { Logger } from 'pino'
import type { AgentMode, Severity } from '@tidemark/instrumentation/semconv'
import type { AgentSettings } from '../config.ts'
import type { ChangeEvent, Incident, VerdictRecord } from '../domain/verdict.ts'
import { covering, stillExcluded } from '../domain/excluded-window.ts'
import { intervalMilliseconds, runsPerYear } from '../schedule/cadence.ts'
import { withDefaultScores, type ScoredCall } from '../scoring/scored-call.ts'
import { holdAgent } from '../store/agents.ts'
import { currentBaseline, type StoredBaseline } from '../store/baselines.ts'
import { excludedWindowsOf, revisionOf } from '../store/excluded-windows.ts'
import { incidentsOf, insertIncident, type StoredIncident } from '../store/incidents.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { hasInformativeRuns, insertChanges, insertRun, statisticsOf, verdictOf } from '../store/runs.ts'
import { claimSlot, finishSlot, releaseSlot, type SlotClaim } from '../store/slots.ts'
import { promotionsOf } from '../store/planned-changes.ts'
import { inTransaction } from '../store/transaction.ts'
import { assembleVerdict, verdictWithoutBaseline, type SlotFacts } from '../verdict/assemble-verdict.ts'
import { readBaseline } from '../verdict/baseline-document.ts'
import type { BatchStatistics } from '../verdict/batch-statistics.ts'
import { changedSettings, sayChangedSettings } from '../verdict/changed-settings.ts'
import { sayExpiredBaseline } from '../verdict/expired-baseline.ts'
import { MINIMUM_ITEMS } from '../verdict/precedence.ts'
import { withTold } from '../verdict/told-changes.ts'
import { createWatch, type Watch, type WatchState } from '../verdict/watch.ts'
import { collectSample, evaluatedCalls } from './collect-sample.ts'
import type { DueSlot } from './due-slots.ts'
import { holdSlot, LostLease, type LeaseTerms } from './held-slot.ts'
import type { ScorersByAgent } from './agent-scorers.ts'
import { judgeAgreements } from './judge-agreement.ts'
import { rescoreJudges } from './judge-anchors.ts'
import { newIncidents } from './new-incidents.ts'
import { comparedScores, scoreSlot, withAnchors } from './score-slot.ts'
import { toldChanges } from './told-changes.ts'
import { alarmingIncident } from './replay-sentinels.ts'
import { newestSentinelReport } from './sentinel-status.ts'
import type { Webhooks } from './webhooks.ts'

/** An agent starts in shadow for this many informative runs, whatever mode is configured. */
export const SHADOW_RUNS = 14

export type SlotRunner = {
  /** Runs one slot. Null: another process has it, or it is done. */
  run(agent: string, settings: AgentSettings, due: DueSlot): Promise<VerdictRecord | null>
}

/** A watch that has seen all slots up to `lastSlot`; dropped when anything it was built from has changed. */
type KeptWatch = {
  readonly baseline: StoredBaseline
  readonly watch: Watch
  readonly baselineCalls: readonly ScoredCall[]
  /** Of the excluded windows. */
  readonly revision: number
  readonly lastSlot: number
}

export function createSlotRunner({
  db,
  clock,
  logger,
  owner,
  lease,
  webhooks,
  scorers,
  scored,
}: {
  db: StoreDatabase
  clock: () => number
  logger: Logger
  webhooks: Pick<Webhooks, 'tell'>
  scorers: Pick<ScorersByAgent, 'of'>
  /** Told of the items of a slot that is done, with their scores. */
  scored: (items: readonly ScoredCall[]) => void
  /** Names this process in the leases. */
  owner: string
  lease: LeaseTerms
}): SlotRunner {
  const kept = new Map<string, KeptWatch>()

  async function watchOf(
    agent: string,
    before: number,
    { incidents, revision }: { incidents: readonly StoredIncident[]; revision: number },
  ): Promise<KeptWatch | null> {
    const baseline = await currentBaseline(db, agent)
    if (baseline === null) return null
    const current = kept.get(agent)
    kept.delete(agent)
    const isCurrent = current?.baseline.id === baseline.id && current.revision === revision
    const known = isCurrent ? current : undefined
    const { watch, baselineCalls } = known ?? (await openWatch(db, baseline))
    const runs = await statisticsOf(db, agent, baseline.id, known?.lastSlot ?? -Infinity)
    for (const run of runs) if (run.slotAt < before) watch.run(run.slotAt, readStatistics(run.statistics), incidents)
    return { baseline, watch, baselineCalls, revision, lastSlot: before }
  }

  async function evaluate(
    claim: SlotClaim,
    settings: AgentSettings,
    { slotAt, windowStart }: DueSlot,
    signal: AbortSignal,
  ): Promise<VerdictRecord> {
    const { agent } = claim
    const started = performance.now()
    const all = await incidentsOf(db, agent)
    const incidents = all.filter(({ suite }) => suite === 'production')
    const everExcluded = await excludedWindowsOf(db, agent)
    const excluded = stillExcluded(everExcluded)
    const revision = revisionOf(everExcluded)
    const opened = await watchOf(agent, slotAt, { incidents, revision })
    const window = { from: windowStart, to: slotAt }
    const watchedSince = opened?.watch.baseline.window.from ?? windowStart
    const sample = await collectSample(db, agent, {
      slotAt,
      window,
      size: settings.schedule.batchSize,
      watchedSince,
      key: opened?.baseline.id ?? agent,
      promotions: await promotionsOf(db, agent),
      excluded,
    })
    const mode = await modeInForce(db, agent, settings)
    const facts = (): SlotFacts => ({
      agent,
      slotAt,
      windowStart,
      intervalMilliseconds: intervalMilliseconds(settings.schedule.cadence),
      mode,
      evaluatedAt: clock(),
      durationSeconds: (performance.now() - started) / 1000,
    })
    if (opened === null) {
      const verdict = verdictWithoutBaseline(facts(), sample)
      await finish({ db, webhooks, now: clock() }, claim, {
        verdict,
        revision,
        told: () => Promise.resolve([]),
        baseline: null,
        batch: null,
        state: null,
        opened: [],
      })
      return verdict
    }
    const { watch, baseline } = opened
    const own = scorers.of(agent)
    const compared = comparedScores(watch.baseline, own)
    const isSkipped = covering(excluded, window).length > 0
    const anchors = isSkipped
      ? {}
      : await rescoreJudges(db, baseline.id, { judges: compared.judges }, { slotAt, signal })
    const scoredSlot = isSkipped
      ? null
      : await scoreSlot(db, sample, {
          agent,
          settings,
          scorers: own,
          window,
          baseline: { id: baseline.id, document: watch.baseline },
          strata: watch.strata,
          excluded,
          signal,
        })
    signal.throwIfAborted()
    const items = scoredSlot?.items ?? []
    const batch = scoredSlot === null ? null : withAnchors(scoredSlot.batch, anchors)
    const state = watch.run(slotAt, batch, incidents)
    const fresh = newIncidents(state, { agent, slotAt, baseline: baseline.id, now: clock() })
    const budget = { ...settings.paging, runsPerYear: runsPerYear(settings.schedule.cadence) }
    const sentinel = await newestSentinelReport(db, agent, baseline.id)
    const assembled = assembleVerdict({
      slot: facts(),
      sample,
      items,
      batch,
      watch,
      state,
      baseline: { id: baseline.id, version: baseline.version },
      baselineCalls: opened.baselineCalls,
      uncompared: compared.uncompared,
      judgeAgreement: await judgeAgreements(db, agent, own, clock()),
      excludedBy: covering(excluded, window),
      sentinel,
      incident: incidentOf(state, [...incidents, ...fresh]) ?? alarmingIncident(sentinel, all.filter(isUnresolved)),
    })
    const verdict = await finish({ db, webhooks, now: clock() }, claim, {
      verdict: sayExpiredBaseline(
        sayChangedSettings(assembled, changedSettings(watch.baseline, budget)),
        baseline.expiresAt,
      ),
      revision,
      told: (transaction) => toldChanges(transaction, agent, settings, watch.baseline.window.to),
      baseline: baseline.id,
      batch,
      state,
      opened: fresh,
    })
    kept.set(agent, { ...opened, lastSlot: slotAt })
    scored(items)
    logger.info({ agent, slot: new Date(slotAt).toISOString(), verdict: verdict.verdict }, verdict.summary)
    return verdict
  }

  return {
    async run(agent, settings, due) {
      const holder = { owner, now: await lease.now(), leaseMilliseconds: lease.milliseconds }
      const claim = await claimSlot(db, { agent, slotAt: due.slotAt }, holder)
      if (claim === null) return null
      try {
        return await holdSlot(db, claim, lease, (signal) => evaluate(claim, settings, due, signal))
      } catch (error) {
        kept.delete(agent)
        await releaseSlot(db, claim)
        throw error
      }
    },
  }
}

/** The mode of an agent now. */
export async function modeInForce(db: StoreDatabase, agent: string, settings: AgentSettings): Promise<AgentMode> {
  if (settings.schedule.paused) return 'paused'
  const isKnown = await hasInformativeRuns(db, agent, { runs: SHADOW_RUNS, items: MINIMUM_ITEMS })
  return isKnown ? settings.paging.mode : 'shadow'
}

export async function openWatch(
  db: StoreDatabase,
  baseline: StoredBaseline,
): Promise<{ watch: Watch; baselineCalls: readonly ScoredCall[] }> {
  const document = readBaseline(baseline.document)
  const items = new Map(document.items.map((item) => [`${item.traceId}/${item.spanId}`, item]))
  const calls = await evaluatedCalls(db, baseline.agent, document.window)
  const kept = calls.filter(({ call }) => items.has(`${call.traceId}/${call.spanId}`))
  return {
    watch: createWatch(document),
    baselineCalls: withDefaultScores(kept).map((call) => {
      const frozen = items.get(`${call.call.traceId}/${call.call.spanId}`)?.scores
      return frozen === undefined ? call : { ...call, scores: new Map(Object.entries(frozen)) }
    }),
  }
}

/** Writes results and the end of the slot in one transaction; a lost lease rolls everything back. */
async function finish(
  { db, webhooks, now }: { db: StoreDatabase; webhooks: Pick<Webhooks, 'tell'>; now: number },
  claim: SlotClaim,
  result: {
    verdict: VerdictRecord
    /** Of the excluded windows that it was computed with. */
    revision: number
    /** Changes that somebody told of: read when nobody can add one that this verdict would not know. */
    told: (transaction: StoreDatabase) => Promise<readonly ChangeEvent[]>
    baseline: string | null
    batch: BatchStatistics | null
    state: WatchState | null
    opened: readonly Incident[]
  },
): Promise<VerdictRecord> {
  return await inTransaction(db, async (transaction) => {
    if (!(await finishSlot(transaction, claim))) throw new LostLease(claim)
    await holdAgent(transaction, claim.agent)
    if (revisionOf(await excludedWindowsOf(transaction, claim.agent)) !== result.revision) throw new LostLease(claim)
    const verdict = withTold(result.verdict, await result.told(transaction))
    const previous = (await verdictOf(transaction, claim.agent))?.verdict ?? null
    await insertRun(transaction, {
      agent: claim.agent,
      slotAt: claim.slotAt,
      baseline: result.baseline,
      statistics: result.batch === null ? null : JSON.stringify(result.batch),
      verdict,
    })
    await insertChanges(transaction, claim.agent, result.state?.newChanges ?? [])
    for (const incident of result.opened) await insertIncident(transaction, incident)
    if (verdict.verdict !== previous)
      await webhooks.tell(transaction, { event: 'verdict.changed', verdict, previous }, now)
    for (const incident of result.opened) await webhooks.tell(transaction, { event: 'incident.changed', incident }, now)
    return verdict
  })
}

export function readStatistics(text: string | null): BatchStatistics | null {
  if (text === null) return null
  const statistics: BatchStatistics = JSON.parse(text)
  return statistics
}

/** The incident a reader is led to: the page before the ticket. */
function incidentOf(state: WatchState, incidents: readonly Incident[]): Incident | null {
  const unresolved = (severity: Severity): Incident | undefined =>
    incidents.findLast((one) => one.variant === undefined && one.severity === severity && isUnresolved(one))
  const page = state.page?.report.alarm === true ? unresolved('page') : undefined
  const ticket =
    state.ticket?.report.alarm === true || state.escalation.alarm || state.judge?.changed === true
      ? unresolved('ticket')
      : undefined
  return page ?? ticket ?? null
}

function isUnresolved({ state }: Incident): boolean {
  return state === 'open' || state === 'acknowledged'
}
