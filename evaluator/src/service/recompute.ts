import { isDeepStrictEqual } from 'node:util'
import { TidemarkError } from '../domain/errors.ts'
import type { SentinelVerdict } from '../domain/sentinel.ts'
import type { DetectorReport } from '../domain/verdict.ts'
import { baselinesOf } from '../store/baselines.ts'
import { incidentsOf } from '../store/incidents.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { statisticsOf, verdictOf } from '../store/runs.ts'
import { escalationReport, wordOf } from '../verdict/assemble-verdict.ts'
import { readBaseline } from '../verdict/baseline-document.ts'
import type { BatchStatistics } from '../verdict/batch-statistics.ts'
import { judgeReport } from '../verdict/judge-guard.ts'
import { createWatch, type WatchState } from '../verdict/watch.ts'

/** What was published for a slot, and what its stored statistics give when they are run through the detectors again. */
export type Recomputation = {
  readonly slotAt: number
  readonly runs: number
  readonly published: readonly DetectorReport[]
  readonly recomputed: readonly DetectorReport[]
  /** Parts of the verdict beside the detectors that came out different, by name. */
  readonly differing: readonly RecomputedPart[]
  /** Equal to the last bit: the verdict, detectors, judges, escalations, attribution, comparison with the frozen baseline. */
  readonly isEqual: boolean
}

/**
 * Audits a verdict: baseline document, stored statistics and incidents of the slots up to it, through new detectors.
 * @throws {TidemarkError} `argument_invalid` for a slot without a verdict or without a baseline
 */
export async function recompute(db: StoreDatabase, agent: string, slotAt?: number): Promise<Recomputation> {
  const verdict = await verdictOf(db, agent, slotAt)
  const id = verdict?.baseline?.id
  const stored = (await baselinesOf(db, agent)).find((baseline) => baseline.id === id)
  if (verdict === undefined || stored === undefined)
    throw new TidemarkError(
      'argument_invalid',
      `Agent ${agent} has no verdict against a baseline${slotAt === undefined ? '' : ' for that slot'}.`,
      'See its verdicts at /api/agents/NAME/verdicts, and freeze a baseline if it has none.',
    )
  const watch = createWatch(readBaseline(stored.document))
  const incidents = (await incidentsOf(db, agent)).filter(({ suite }) => suite === 'production')
  const runs = (await statisticsOf(db, agent, stored.id, -Infinity)).filter((run) => run.slotAt <= verdict.slotAt)
  let recomputed: DetectorReport[] = []
  let state: WatchState | undefined
  let newest: BatchStatistics | null = null
  for (const run of runs) {
    const statistics: BatchStatistics | null = run.statistics === null ? null : JSON.parse(run.statistics)
    state = watch.run(run.slotAt, statistics, incidents)
    newest = statistics
    recomputed = [state.page?.report, state.ticket?.report].filter((report) => report !== undefined)
  }
  const published = verdict.detectors
  const last = state
  const items = newest?.items ?? 0
  const differing =
    last === undefined
      ? []
      : RECOMPUTED_PARTS.filter(
          (part) => !isDeepStrictEqual(verdict[part], partOf(last, part, items, verdict.sentinel ?? null)),
        )
  return {
    slotAt: verdict.slotAt,
    runs: runs.length,
    published,
    recomputed,
    differing,
    isEqual: isDeepStrictEqual(published, recomputed) && differing.length === 0,
  }
}

/** Parts of a verdict that follow from the stored statistics alone, and that JSON keeps to the last bit. */
const RECOMPUTED_PARTS = ['verdict', 'escalation', 'attribution', 'frozenComparisons', 'judge', 'variants'] as const
type RecomputedPart = (typeof RECOMPUTED_PARTS)[number]

function partOf(state: WatchState, part: RecomputedPart, items: number, sentinel: SentinelVerdict | null): unknown {
  switch (part) {
    case 'verdict':
      return wordOf(state, items, sentinel)
    case 'escalation':
      return asStored(escalationReport(state))
    case 'judge':
      return state.judge === null ? undefined : asStored(judgeReport(state.judge))
    case 'variants':
      return state.variants.length === 0 ? undefined : asStored(state.variants.map(({ report }) => report))
    case 'attribution':
    case 'frozenComparisons':
      return asStored(state[part])
  }
}

/** As the store gives it back: a minus zero is stored as zero. */
function asStored(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
