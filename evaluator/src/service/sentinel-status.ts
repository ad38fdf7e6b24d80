import { isDeepStrictEqual } from 'node:util'
import type { AgentSettings } from '../config.ts'
import { stillExcluded } from '../domain/excluded-window.ts'
import type { ReplayedInput, SentinelReport, SentinelStatus } from '../domain/sentinel.ts'
import { currentBaseline } from '../store/baselines.ts'
import { excludedWindowsOf } from '../store/excluded-windows.ts'
import { incidentsOf } from '../store/incidents.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { sentinelInputsOf } from '../store/sentinel-inputs.ts'
import { newestSentinelRun, newestSentinelSlots, sentinelRunsOf } from '../store/sentinel-runs.ts'
import { readBaseline } from '../verdict/baseline-document.ts'
import { LEAST_SENTINELS, replayable } from '../verdict/replay-baseline.ts'
import { createSentinelWatch } from '../verdict/sentinel-watch.ts'
import { nextSentinelSlot } from './sentinel-slot.ts'
import { countedRun } from './replay-sentinels.ts'

/** One frozen input with how its scores came out when it was frozen and in its newest replay. */
export type SentinelInputStatus = {
  readonly id: string
  readonly isForgotten: boolean
  readonly frozenRuns: number
  readonly replays: number
  readonly frozen: Readonly<Record<string, readonly (number | string | null)[]>>
  readonly newest: Readonly<Record<string, number | string | null>> | null
}

/** Of the newest run against a baseline that is done. */
export async function newestSentinelReport(
  db: StoreDatabase,
  agent: string,
  baseline: string,
): Promise<SentinelReport | null> {
  const text = (await newestSentinelRun(db, agent, baseline))?.report
  return text === undefined ? null : JSON.parse(text)
}

export async function sentinelStatus(
  db: StoreDatabase,
  agent: string,
  settings: Pick<AgentSettings, 'target' | 'timeZone' | 'schedule'>,
): Promise<SentinelStatus> {
  const baseline = await currentBaseline(db, agent)
  const document = baseline === null ? null : readBaseline(baseline.document)
  const inputs = document === null ? [] : replayable(document)
  const runs = baseline === null ? [] : await sentinelRunsOf(db, agent, { baseline: baseline.id, until: Infinity })
  const newest = runs.at(-1)
  const off =
    document === null
      ? 'There is no baseline: freeze one from a harness run with three runs an input.'
      : inputs.length < LEAST_SENTINELS
        ? `The baseline has ${inputs.length} inputs with three good runs, ${LEAST_SENTINELS} are needed: freeze one from a harness run with --runs 3.`
        : (document.sentinelShare ?? 0) === 0
          ? 'The baseline was frozen without a target in the configuration, so that no budget was set aside: freeze again with one.'
          : settings.target === undefined
            ? 'The configuration has no target for this agent.'
            : settings.target.sentinelPerDay === 0
              ? 'sentinelPerDay is 0.'
              : null
  const report: SentinelReport | null = newest === undefined ? null : JSON.parse(newest.report)
  const nextSlotAt =
    baseline === null
      ? null
      : nextSentinelSlot(settings, {
          newestDone: (await newestSentinelSlots(db, agent)).done,
          baselineCreatedAt: baseline.createdAt,
        })
  return { agent, off, inputs: inputs.length, runs: runs.length, nextSlotAt, report }
}

export async function sentinelInputs(db: StoreDatabase, agent: string): Promise<SentinelInputStatus[]> {
  const baseline = await currentBaseline(db, agent)
  if (baseline === null) return []
  const texts = new Map((await sentinelInputsOf(db, baseline.id)).map((input) => [input.id, input]))
  const runs = await sentinelRunsOf(db, agent, { baseline: baseline.id, until: Infinity })
  const replays = Map.groupBy(runs.flatMap(readReplays), ({ id }) => id)
  return (readBaseline(baseline.document).sentinels ?? []).map(({ id, runs: frozenRuns }) => {
    const good = frozenRuns.filter(({ failure }) => failure === null)
    const own = (replays.get(id) ?? []).filter(({ failure }) => failure === null)
    const names = [...new Set(good.flatMap(({ scores }) => Object.keys(scores)))]
    return {
      id,
      isForgotten: (texts.get(id)?.input ?? null) === null,
      frozenRuns: good.length,
      replays: own.length,
      frozen: Object.fromEntries(names.map((name) => [name, good.map(({ scores }) => scores[name] ?? null)])),
      newest: own.at(-1)?.scores ?? null,
    }
  })
}

/** Runs the stored replays through new detectors and compares with what was published for the newest run, bit for bit. */
export async function recomputeSentinels(
  db: StoreDatabase,
  agent: string,
): Promise<{ runs: number; isEqual: boolean }> {
  const baseline = await currentBaseline(db, agent)
  const watch = baseline === null ? null : createSentinelWatch(readBaseline(baseline.document))
  if (baseline === null || watch === null) return { runs: 0, isEqual: true }
  const incidents = (await incidentsOf(db, agent)).filter(({ suite }) => suite === 'sentinel')
  const excluded = stillExcluded(await excludedWindowsOf(db, agent))
  const runs = await sentinelRunsOf(db, agent, { baseline: baseline.id, until: Infinity })
  let isEqual = true
  for (const run of runs) {
    const { page: _page, ticket: _ticket, ...state } = watch.run(countedRun(run, excluded), incidents)
    const published: SentinelReport = JSON.parse(run.report)
    const again: typeof state = JSON.parse(JSON.stringify(state))
    isEqual &&= Object.entries(again).every(([part, value]) =>
      isDeepStrictEqual(value, Object.entries(published).find(([name]) => name === part)?.[1]),
    )
  }
  return { runs: runs.length, isEqual }
}

function readReplays({ replays }: { readonly replays: string }): ReplayedInput[] {
  const read: ReplayedInput[] = JSON.parse(replays)
  return read
}
