import type { AgentSettings } from '../config.ts'
import { covering, type ExcludedWindow } from '../domain/excluded-window.ts'
import type { SentinelReport } from '../domain/sentinel.ts'
import type { ChangeEvent, Incident, VerdictRecord } from '../domain/verdict.ts'
import { intervalMilliseconds } from '../schedule/cadence.ts'
import type { StoredBaseline } from '../store/baselines.ts'
import type { StoredIncident } from '../store/incidents.ts'
import type { StoredRun } from '../store/runs.ts'
import type { ScoredCall } from '../scoring/scored-call.ts'
import { assembleVerdict } from '../verdict/assemble-verdict.ts'
import type { BatchStatistics } from '../verdict/batch-statistics.ts'
import { sayChangedSettings } from '../verdict/changed-settings.ts'
import { sayExpiredBaseline } from '../verdict/expired-baseline.ts'
import type { Watch, WatchState } from '../verdict/watch.ts'
import { createAnsweredAlarms } from './answered-alarms.ts'
import { newIncidents } from './new-incidents.ts'
import { alarmingIncident } from './replay-sentinels.ts'

/** A slot with its statistics, and the items where they were scored again. */
export type ReplayedSlot = {
  readonly run: StoredRun
  readonly batch: BatchStatistics | null
  readonly fresh: { readonly items: readonly ScoredCall[]; readonly excluded: VerdictRecord['excluded'] } | null
}

export type Replay = {
  /** Every run from the first slot that changed on, as it is now. */
  readonly runs: readonly StoredRun[]
  readonly newChanges: readonly ChangeEvent[]
  /** Incidents whose alarm lies in another slot now. */
  readonly moved: readonly Incident[]
  /** Alarms that nobody was told of before. */
  readonly opened: readonly Incident[]
  /** Incidents whose alarm is gone. */
  readonly unsupported: readonly Incident[]
}

/**
 * Runs slots through a new watch, and puts the verdicts from `from` on together again. An incident answers the alarm that it
 * was open at, wherever that lies now, so that what people decided still counts; an alarm without one opens one.
 */
export function replaySlots(
  slots: readonly ReplayedSlot[],
  input: {
    readonly agent: string
    readonly settings: AgentSettings
    readonly baseline: StoredBaseline
    readonly watch: Watch
    readonly baselineCalls: readonly ScoredCall[]
    readonly incidents: readonly StoredIncident[]
    /** Reports of replays that are others now, by their slot. */
    readonly reports: ReadonlyMap<number, SentinelReport>
    /** Incidents of replays, as they are now. */
    readonly sentinelIncidents: readonly StoredIncident[]
    readonly excluded: readonly ExcludedWindow[]
    readonly from: number
    readonly now: number
  },
): Replay {
  const { agent, baseline, watch, from, now } = input
  const mine = input.incidents.filter((one) => one.baseline === baseline.id && one.suite === 'production')
  const alarms = createAnsweredAlarms(mine)
  const { incidents, opened } = alarms
  const runs: StoredRun[] = []
  const newChanges: ChangeEvent[] = []
  for (const slot of slots) {
    const { slotAt } = slot.run
    const state = watch.run(slotAt, slot.batch, incidents)
    for (const alarm of newIncidents(state, { agent, slotAt, baseline: baseline.id, now })) alarms.answer(alarm)
    if (slotAt < from) continue
    newChanges.push(...state.newChanges)
    runs.push({
      ...slot.run,
      statistics: slot.batch === null ? null : JSON.stringify(slot.batch),
      verdict: verdictAgain(slot, state, incidents, input),
    })
  }
  return {
    runs,
    newChanges,
    opened,
    moved: incidents.filter((one) => mine.some((old) => old.id === one.id && old.openedSlotAt !== one.openedSlotAt)),
    unsupported: mine.filter(({ id, openedSlotAt }) => !alarms.isAnswered(id) && openedSlotAt >= from),
  }
}

function verdictAgain(
  { run, batch, fresh }: ReplayedSlot,
  state: WatchState,
  incidents: readonly StoredIncident[],
  input: Parameters<typeof replaySlots>[1],
): VerdictRecord {
  const { verdict } = run
  const { agent, slotAt, windowStart, mode, evaluatedAt, durationSeconds } = verdict
  const sentinel =
    verdict.sentinel === undefined ? null : (input.reports.get(verdict.sentinel.slotAt) ?? verdict.sentinel)
  const again = assembleVerdict({
    slot: {
      agent,
      slotAt,
      windowStart,
      mode,
      evaluatedAt,
      durationSeconds,
      intervalMilliseconds: intervalMilliseconds(input.settings.schedule.cadence),
    },
    sample: { items: { length: batch?.items ?? 0 }, excluded: fresh?.excluded ?? verdict.excluded },
    items: fresh?.items ?? [],
    batch,
    watch: input.watch,
    state,
    baseline: { id: input.baseline.id, version: input.baseline.version },
    baselineCalls: input.baselineCalls,
    uncompared: verdict.uncompared ?? [],
    judgeAgreement: verdict.judgeAgreement ?? [],
    excludedBy: covering(input.excluded, { from: windowStart, to: slotAt }),
    // what is not scored again has its items no more
    ...(fresh === null ? { examples: verdict.examples } : {}),
    sentinel,
    incident: openAt(slotAt, state, incidents) ?? alarmingAt(sentinel, input.sentinelIncidents),
  })
  return sayExpiredBaseline(sayChangedSettings(again, verdict.changedSettings ?? []), verdict.baseline?.expiredAt)
}

/** The incident that a reader of that slot is led to: the page before the ticket. */
function openAt(slotAt: number, state: WatchState, incidents: readonly StoredIncident[]): StoredIncident | null {
  const open = incidents.filter(
    (one) =>
      one.variant === undefined &&
      one.openedSlotAt <= slotAt &&
      (one.resolvedSlotAt === null || one.resolvedSlotAt >= slotAt),
  )
  const page = state.page?.report.alarm === true ? open.findLast(({ severity }) => severity === 'page') : undefined
  const isTicket = state.ticket?.report.alarm === true || state.escalation.alarm || state.judge?.changed === true
  return page ?? (isTicket ? open.findLast(({ severity }) => severity === 'ticket') : undefined) ?? null
}

/** The incident of the replays that was open at their newest run. */
function alarmingAt(report: SentinelReport | null, incidents: readonly StoredIncident[]): StoredIncident | null {
  if (report === null) return null
  return alarmingIncident(
    report,
    incidents.filter(
      ({ openedSlotAt, resolvedSlotAt }) =>
        openedSlotAt <= report.slotAt && (resolvedSlotAt === null || resolvedSlotAt >= report.slotAt),
    ),
  )
}
