import type { BaselineSummary } from '../domain/verdict.ts'
import type { StoredBaseline } from '../store/baselines.ts'
import { summariseBaseline } from './store-baseline.ts'

/** Summaries by id. A baseline never changes, and its document is too large to be read at every scrape. */
export type BaselineSummaries = (baseline: StoredBaseline) => BaselineSummary

export function createBaselineSummaries(): BaselineSummaries {
  const known = new Map<string, BaselineSummary>()
  return (baseline) => {
    const summary = known.get(baseline.id) ?? summariseBaseline(baseline)
    known.set(baseline.id, summary)
    // that it expires is said beside the document
    const { expired } = baseline
    return { ...summary, expiresAt: baseline.expiresAt, ...(expired === undefined ? {} : { expired }) }
  }
}
