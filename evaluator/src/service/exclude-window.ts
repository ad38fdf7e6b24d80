import { isDeepStrictEqual } from 'node:util'
import type { AgentSettings } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'
import {
  covering,
  overlaps,
  stillExcluded,
  type ExcludedWindow,
  type ExclusionResult,
} from '../domain/excluded-window.ts'
import type { SentinelReport } from '../domain/sentinel.ts'
import type { AgentScorers } from '../scoring/create-scorers.ts'
import { DEFAULT_DEFINITIONS } from '../scoring/scored-call.ts'
import { holdAgent } from '../store/agents.ts'
import { currentBaseline } from '../store/baselines.ts'
import { excludedWindowById, excludedWindowsOf, putExcludedWindow } from '../store/excluded-windows.ts'
import { incidentsOf, insertIncident, moveIncident } from '../store/incidents.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { deleteChanges, insertChanges, replaceRun, runsOf, type StoredRun } from '../store/runs.ts'
import { promotionsOf } from '../store/planned-changes.ts'
import { replaceSentinelReport, sentinelRunsOf, type StoredSentinelRun } from '../store/sentinel-runs.ts'
import { inTransaction } from '../store/transaction.ts'
import { readBaseline } from '../verdict/baseline-document.ts'
import { createSentinelWatch } from '../verdict/sentinel-watch.ts'
import { withTold } from '../verdict/told-changes.ts'
import { collectSample } from './collect-sample.ts'
import { excludedRun, replaySentinels, type AskingTime, type SentinelReplay } from './replay-sentinels.ts'
import { replaySlots, type Replay, type ReplayedSlot } from './replay-slots.ts'
import { maturingMilliseconds, scoreSlot, withAnchors } from './score-slot.ts'
import { openWatch, readStatistics } from './slot-runner.ts'
import { toldChanges } from './told-changes.ts'
import type { Webhooks } from './webhooks.ts'

export type ExclusionParts = {
  readonly db: StoreDatabase
  readonly settings: AgentSettings
  readonly scorers: AgentScorers
  /** How long calls are kept, milliseconds. */
  readonly keptMilliseconds: number
  readonly webhooks: Pick<Webhooks, 'tell'>
  readonly now: number
}

/** Runs that are computed again at once: more than a year of daily ones. */
const MOST_RUNS = 400
const ATTEMPTS = 3
const DAY = 86_400_000

/**
 * Takes a window out of reference and history, and computes the slots from it on again.
 * @throws {TidemarkError} `window_invalid`
 */
export async function excludeWindow(parts: ExclusionParts, window: ExcludedWindow): Promise<ExclusionResult> {
  if (!(window.from < window.to))
    throw new TidemarkError(
      'window_invalid',
      `The window from ${new Date(window.from).toISOString()} to ${new Date(window.to).toISOString()} is empty.`,
      'Give a start before the end.',
    )
  return await apply(parts, window)
}

/** A window counts again; that it was excluded stays on record. @throws {TidemarkError} `argument_invalid` */
export async function includeAgain(
  parts: ExclusionParts,
  { id, by, why }: { readonly id: string; readonly by: string; readonly why: string | null },
): Promise<ExclusionResult> {
  const window = await requireExcludedWindow(parts.db, id)
  if (window.removed !== null)
    throw new TidemarkError(
      'argument_invalid',
      `Window ${id} counts again since ${new Date(window.removed.at).toISOString()}, by ${window.removed.by}.`,
      'See what is excluded with "tidemark exclude list".',
    )
  return await apply(parts, { ...window, removed: { at: parts.now, by, why } })
}

/** @throws {TidemarkError} `argument_invalid` */
export async function requireExcludedWindow(db: StoreDatabase, id: string): Promise<ExcludedWindow> {
  const window = await excludedWindowById(db, id)
  if (window !== undefined) return window
  throw new TidemarkError(
    'argument_invalid',
    `There is no excluded window ${id}.`,
    'See the ids with "tidemark exclude list".',
  )
}

/** Scores outside, writes in one short transaction; a slot that was run in between makes it start again. */
async function apply(parts: ExclusionParts, window: ExcludedWindow): Promise<ExclusionResult> {
  for (let attempt = 1; ; attempt++) {
    const result = await tryApply(parts, window)
    if (result !== null) return result
    if (attempt === ATTEMPTS)
      throw new TidemarkError(
        'argument_invalid',
        `Slots of ${window.agent} were run all the while, so that nothing was changed.`,
        'Do it again in a moment.',
      )
  }
}

async function tryApply(parts: ExclusionParts, window: ExcludedWindow): Promise<ExclusionResult | null> {
  const { db, settings, webhooks, now } = parts
  const { agent } = window
  const before = await excludedWindowsOf(db, agent)
  const after = [...before.filter(({ id }) => id !== window.id), window]
  const baseline = await currentBaseline(db, agent)
  const runs = baseline === null ? [] : await runsOf(db, agent, baseline.id)
  const plan = baseline === null ? null : await planOf(parts, window, { baseline, runs, after })
  const isApplied = await inTransaction(db, async (transaction) => {
    await holdAgent(transaction, agent)
    const isSame =
      isDeepStrictEqual(await excludedWindowsOf(transaction, agent), before) &&
      (await currentBaseline(transaction, agent))?.id === baseline?.id &&
      (baseline === null || isDeepStrictEqual(await runsOf(transaction, agent, baseline.id), runs)) &&
      (plan === null || isDeepStrictEqual(await replayRunsOf(transaction, agent, plan.baseline), plan.replayRuns))
    if (!isSame) return false
    await putExcludedWindow(transaction, window)
    if (plan === null) return true
    const told = await toldChanges(transaction, agent, settings, plan.baselineUntil)
    for (const run of plan.replay.runs) await replaceRun(transaction, { ...run, verdict: withTold(run.verdict, told) })
    const first = plan.replay.runs[0]
    if (first !== undefined) await deleteChanges(transaction, agent, first.slotAt)
    await insertChanges(transaction, agent, plan.replay.newChanges)
    for (const run of plan.sentinels.runs) await replaceSentinelReport(transaction, agent, run)
    for (const incident of [...plan.replay.moved, ...plan.sentinels.moved]) await moveIncident(transaction, incident)
    for (const incident of [...plan.replay.opened, ...plan.sentinels.opened]) {
      await insertIncident(transaction, incident)
      await webhooks.tell(transaction, { event: 'incident.changed', incident }, now)
    }
    return true
  })
  if (!isApplied) return null
  return {
    window,
    rescored: plan?.rescored ?? [],
    skipped: plan?.skipped ?? [],
    recomputed: plan?.replay.runs.length ?? 0,
    replays: plan?.sentinels.affected ?? [],
    touchesBaseline: plan?.touchesBaseline ?? false,
    opened: plan === null ? [] : [...plan.replay.opened, ...plan.sentinels.opened],
    unsupported: plan === null ? [] : [...plan.replay.unsupported, ...plan.sentinels.unsupported],
  }
}

type Plan = {
  readonly baseline: string
  readonly replay: Replay
  /** The stored runs of replays that this was made from. */
  readonly replayRuns: readonly StoredSentinelRun[]
  readonly sentinels: SentinelReplay & { readonly affected: readonly number[] }
  readonly rescored: readonly number[]
  readonly skipped: readonly number[]
  readonly touchesBaseline: boolean
  readonly baselineUntil: number
}

async function planOf(
  parts: ExclusionParts,
  window: ExcludedWindow,
  found: {
    readonly baseline: NonNullable<Awaited<ReturnType<typeof currentBaseline>>>
    readonly runs: readonly StoredRun[]
    readonly after: readonly ExcludedWindow[]
  },
): Promise<Plan> {
  const { db, settings, now } = parts
  const { baseline, runs } = found
  const excluded = stillExcluded(found.after)
  const document = readBaseline(baseline.document)
  const affected = runs.filter((run) => isAffected(run, window, parts))
  const allIncidents = await incidentsOf(db, window.agent)
  const replayRuns = await replayRunsOf(db, window.agent, baseline.id)
  const sentinels = sentinelsAgain(document, replayRuns, window, {
    agent: window.agent,
    baseline: baseline.id,
    incidents: allIncidents,
    excluded,
    now,
  })
  const from = Math.min(
    affected[0]?.slotAt ?? Infinity,
    // a verdict tells of the newest replays before it
    runs.find(({ verdict }) => verdict.sentinel !== undefined && sentinels.reports.has(verdict.sentinel.slotAt))
      ?.slotAt ?? Infinity,
  )
  const again = runs.filter(({ slotAt }) => slotAt >= from).length
  if (again > MOST_RUNS)
    throw new TidemarkError(
      'window_invalid',
      `The window lies ${again} runs back, and at most ${MOST_RUNS} are computed again.`,
      'Freeze a new baseline version instead: it starts a history of its own.',
    )
  // the newest run knows every stratum; one that only now appears is added behind them, for the later runs too
  const known = readStatistics(runs.findLast(({ statistics }) => statistics !== null)?.statistics ?? null)?.strata
  let strata = known ?? document.strata
  const slots: ReplayedSlot[] = []
  for (const run of runs) {
    const stored = readStatistics(run.statistics)
    if (!affected.includes(run)) {
      const hasGrown = run.slotAt >= from && strata.length > (known ?? document.strata).length
      slots.push({ run, batch: stored !== null && hasGrown ? { ...stored, strata } : stored, fresh: null })
      continue
    }
    const fresh = await scoreAgain(parts, run, { baseline, document, excluded, strata })
    strata = fresh.batch?.strata ?? strata
    slots.push({ run, batch: fresh.batch === null ? null : withAnchors(fresh.batch, stored?.anchors ?? {}), fresh })
  }
  const incidents = allIncidents.filter(({ suite }) => suite === 'production')
  const opened = await openWatch(db, baseline)
  const replay = replaySlots(slots, {
    agent: window.agent,
    settings,
    baseline,
    ...opened,
    incidents,
    reports: sentinels.reports,
    sentinelIncidents: sentinels.incidents,
    excluded,
    from,
    now,
  })
  const ofAffected = slots.filter(({ run }) => affected.includes(run))
  return {
    baseline: baseline.id,
    replay,
    replayRuns,
    sentinels,
    rescored: ofAffected.filter(({ batch }) => batch !== null).map(({ run }) => run.slotAt),
    skipped: ofAffected.filter(({ batch }) => batch === null).map(({ run }) => run.slotAt),
    touchesBaseline: overlaps(document.window, window),
    baselineUntil: document.window.to,
  }
}

const NO_SENTINELS: Plan['sentinels'] = {
  affected: [],
  runs: [],
  reports: new Map(),
  incidents: [],
  moved: [],
  opened: [],
  unsupported: [],
}

/** Replays that asked in the window change, and with them what the later ones say. */
function sentinelsAgain(
  document: ReturnType<typeof readBaseline>,
  runs: readonly StoredSentinelRun[],
  window: ExcludedWindow,
  rest: Omit<Parameters<typeof replaySentinels>[1], 'watch' | 'from'>,
): Plan['sentinels'] {
  const watch = createSentinelWatch(document)
  const affected = runs.filter(({ report }) => excludedRun(askingTime(report), [window]) !== undefined)
  const from = affected[0]?.slotAt
  if (watch === null || from === undefined)
    return { ...NO_SENTINELS, incidents: rest.incidents.filter(({ baseline }) => baseline === rest.baseline) }
  const replay = replaySentinels(runs, { ...rest, watch, from })
  return { ...replay, affected: affected.map(({ slotAt }) => slotAt) }
}

function askingTime(report: string): AskingTime {
  const read: SentinelReport = JSON.parse(report)
  return read
}

async function replayRunsOf(db: StoreDatabase, agent: string, baseline: string): Promise<StoredSentinelRun[]> {
  return await sentinelRunsOf(db, agent, { baseline, until: Infinity })
}

/** A slot changes with the calls of its own window, and with those whose late scores it holds. */
function isAffected({ verdict }: StoredRun, window: ExcludedWindow, { settings, scorers }: ExclusionParts): boolean {
  const shifts = [...scorers.lags.values()].map((lag) => (lag === 0 ? 0 : maturingMilliseconds(lag, settings)))
  return [...new Set([0, ...shifts])].some((shift) =>
    overlaps({ from: verdict.windowStart - shift, to: verdict.slotAt - shift }, window),
  )
}

/** What is left of a slot; nothing where all of it is excluded, or where what it was scored from is no longer kept. */
async function scoreAgain(
  { db, settings, scorers, keptMilliseconds, now }: ExclusionParts,
  { agent, slotAt, verdict }: StoredRun,
  slot: {
    readonly baseline: { readonly id: string }
    readonly document: ReturnType<typeof readBaseline>
    readonly excluded: readonly ExcludedWindow[]
    readonly strata: readonly string[]
  },
) {
  const window = { from: verdict.windowStart, to: slotAt }
  const { document, excluded, strata } = slot
  const sample = await collectSample(db, agent, {
    slotAt,
    window,
    size: settings.schedule.batchSize,
    watchedSince: document.window.from,
    key: slot.baseline.id,
    promotions: await promotionsOf(db, agent),
    excluded,
  })
  const needsTexts = scorers.scorers.some(({ name }) => !DEFAULT_DEFINITIONS.some((one) => one.name === name))
  const kept = needsTexts ? Math.min(keptMilliseconds, settings.content.retentionDays * DAY) : keptMilliseconds
  if (covering(excluded, window).length > 0 || window.from < now - kept)
    return { batch: null, items: [], excluded: sample.excluded }
  const { items, batch } = await scoreSlot(db, sample, {
    agent,
    settings,
    scorers,
    window,
    baseline: { id: slot.baseline.id, document },
    strata,
    excluded,
    signal: new AbortController().signal,
  })
  return { batch, items, excluded: sample.excluded }
}
