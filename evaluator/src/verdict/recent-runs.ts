import type { BatchStatistics } from './batch-statistics.ts'

/** The statistics of a slot that had items. */
export type RecentRun = { readonly slotAt: number; readonly batch: BatchStatistics }

/** Runs that are kept; a movement is told over at most this many. */
const RUNS_KEPT = 30

/** The newest runs, whatever a detector makes of them: also those set aside while an incident is open. */
export type RecentRuns = {
  add(slotAt: number, batch: BatchStatistics | null): void
  /** Runs from a slot on; at least the newest one. */
  since(slotAt: number): readonly RecentRun[]
}

export function createRecentRuns(): RecentRuns {
  let runs: readonly RecentRun[] = []
  return {
    add(slotAt, batch) {
      if (batch !== null && batch.items > 0) runs = [...runs, { slotAt, batch }].slice(-RUNS_KEPT)
    },
    since(slotAt) {
      const found = runs.filter((run) => run.slotAt >= slotAt)
      return found.length > 0 ? found : runs.slice(-1)
    },
  }
}
