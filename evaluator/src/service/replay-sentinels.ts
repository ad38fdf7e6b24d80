import { randomUUID } from 'node:crypto'
import { overlaps, type ExcludedWindow } from '../domain/excluded-window.ts'
import type { ReplayedInput, SentinelReport } from '../domain/sentinel.ts'
import type { Incident } from '../domain/verdict.ts'
import type { StoredIncident } from '../store/incidents.ts'
import type { StoredSentinelRun } from '../store/sentinel-runs.ts'
import type { SentinelRun, SentinelState, SentinelWatch } from '../verdict/sentinel-watch.ts'
import { createAnsweredAlarms } from './answered-alarms.ts'

/** The time in which a run asked, epoch milliseconds. */
export type AskingTime = Pick<SentinelReport, 'finishedAt' | 'durationSeconds'>

/** The excluded window that a run asked in; its answers count for nothing. */
export function excludedRun(
  { finishedAt, durationSeconds }: AskingTime,
  excluded: readonly ExcludedWindow[],
): ExcludedWindow | undefined {
  const asking = { from: finishedAt - durationSeconds * 1000, to: finishedAt + 1 }
  return excluded.find((window) => overlaps(window, asking))
}

/** What the detectors see of a stored run: nothing of one that asked in an excluded window. */
export function countedRun(stored: StoredSentinelRun, excluded: readonly ExcludedWindow[]): SentinelRun {
  const report: SentinelReport = JSON.parse(stored.report)
  if (excludedRun(report, excluded) !== undefined) return { slotAt: stored.slotAt, replays: null }
  const replays: ReplayedInput[] = JSON.parse(stored.replays)
  return { slotAt: stored.slotAt, replays }
}

/** The incidents that a run opens. */
export function sentinelIncidents(
  state: SentinelState,
  { agent, slotAt, baseline, now }: { agent: string; slotAt: number; baseline: string; now: number },
): Incident[] {
  return (['page', 'ticket'] as const).flatMap((severity) => {
    const after = state[severity]
    if (after?.alarmedNow !== true) return []
    return [
      {
        id: randomUUID(),
        agent,
        severity,
        baseline,
        state: 'open' as const,
        onsetAt: after.onsetSlot ?? slotAt,
        openedSlotAt: slotAt,
        openedAt: now,
        changedAt: now,
        by: null,
        suite: 'sentinel' as const,
      },
    ]
  })
}

/** A report with what a run says once windows are excluded or count again. */
export function reportWith(
  report: Omit<SentinelReport, keyof SentinelState | 'excluded'>,
  { page: _page, ticket: _ticket, ...state }: SentinelState,
  window: ExcludedWindow | undefined,
): SentinelReport {
  return { ...report, ...state, ...(window === undefined ? {} : { excluded: window.reason }) }
}

export type SentinelReplay = {
  /** Every run from the first that changed on, as it is now. */
  readonly runs: readonly StoredSentinelRun[]
  readonly reports: ReadonlyMap<number, SentinelReport>
  /** All incidents of replays, as they are now. */
  readonly incidents: readonly StoredIncident[]
  readonly moved: readonly Incident[]
  readonly opened: readonly Incident[]
  /** Incidents whose alarm is gone. */
  readonly unsupported: readonly Incident[]
}

/**
 * Runs the stored replays through a new watch, with the windows that are excluded now, and puts the reports from `from` on
 * together again. Incidents answer their alarms as those of production do.
 */
export function replaySentinels(
  stored: readonly StoredSentinelRun[],
  {
    agent,
    baseline,
    watch,
    excluded,
    from,
    now,
    ...all
  }: {
    readonly agent: string
    readonly baseline: string
    readonly watch: SentinelWatch
    readonly incidents: readonly StoredIncident[]
    readonly excluded: readonly ExcludedWindow[]
    readonly from: number
    readonly now: number
  },
): SentinelReplay {
  const mine = all.incidents.filter((one) => one.baseline === baseline && one.suite === 'sentinel')
  const alarms = createAnsweredAlarms(mine)
  const { incidents, opened } = alarms
  const runs: StoredSentinelRun[] = []
  const reports = new Map<number, SentinelReport>()
  for (const run of stored) {
    const { slotAt } = run
    const state = watch.run(countedRun(run, excluded), incidents)
    for (const alarm of sentinelIncidents(state, { agent, slotAt, baseline, now })) alarms.answer(alarm)
    if (slotAt < from) continue
    const { excluded: _before, ...before }: SentinelReport = JSON.parse(run.report)
    const report = reportWith(before, state, excludedRun(before, excluded))
    reports.set(slotAt, report)
    runs.push({ ...run, report: JSON.stringify(report) })
  }
  return {
    runs,
    reports,
    incidents,
    opened,
    moved: incidents.filter((one) => mine.some((old) => old.id === one.id && old.openedSlotAt !== one.openedSlotAt)),
    unsupported: mine.filter(({ id, openedSlotAt }) => !alarms.isAnswered(id) && openedSlotAt >= from),
  }
}

/** The incident of the replays that a reader of a verdict is led to: one whose alarm stands, the page before the ticket. */
export function alarmingIncident<Found extends Incident>(
  report: Pick<SentinelReport, 'detectors'> | null,
  incidents: readonly Found[],
): Found | null {
  const alarming = incidents.filter(
    ({ suite, severity }) =>
      suite === 'sentinel' && report?.detectors.some((one) => one.severity === severity && one.alarm) === true,
  )
  return alarming.findLast(({ severity }) => severity === 'page') ?? alarming.at(-1) ?? null
}
