import { isDeepStrictEqual } from 'node:util'
import { TidemarkError } from '../domain/errors.ts'
import type { DetectorReport } from '../domain/verdict.ts'
import { baselinesOf } from '../store/baselines.ts'
import { incidentsOf } from '../store/incidents.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { statisticsOf, verdictOf } from '../store/runs.ts'
import type { BaselineDocument } from '../verdict/baseline-document.ts'
import type { BatchStatistics } from '../verdict/batch-statistics.ts'
import { createWatch } from '../verdict/watch.ts'

/** What was published for a slot, and what its stored statistics give when they are run through the detectors again. */
export type Recomputation = {
  readonly slotAt: number
  readonly runs: number
  readonly published: readonly DetectorReport[]
  readonly recomputed: readonly DetectorReport[]
  /** Equal to the last bit. */
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
  const document: BaselineDocument = JSON.parse(stored.document)
  const watch = createWatch(document)
  const incidents = await incidentsOf(db, agent)
  const runs = (await statisticsOf(db, agent, stored.id, -Infinity)).filter((run) => run.slotAt <= verdict.slotAt)
  let recomputed: DetectorReport[] = []
  for (const run of runs) {
    const statistics: BatchStatistics | null = run.statistics === null ? null : JSON.parse(run.statistics)
    const state = watch.run(run.slotAt, statistics, incidents)
    recomputed = [state.page?.report, state.ticket?.report].filter((report) => report !== undefined)
  }
  const published = verdict.detectors
  return {
    slotAt: verdict.slotAt,
    runs: runs.length,
    published,
    recomputed,
    isEqual: isDeepStrictEqual(published, recomputed),
  }
}
