import type { VerdictRecord } from '../domain/verdict.ts'

/** The verdict with that its baseline had expired before the run: it still compares, with an agent of long ago. */
export function sayExpiredBaseline(verdict: VerdictRecord, expiresAt: number | undefined): VerdictRecord {
  if (verdict.baseline === null || expiresAt === undefined || verdict.evaluatedAt < expiresAt) return verdict
  const day = new Date(expiresAt).toISOString().slice(0, 10)
  return {
    ...verdict,
    baseline: { ...verdict.baseline, expiredAt: expiresAt },
    summary: `${verdict.summary} The baseline expired on ${day}: freeze a new one with "tidemark baseline freeze --replace".`,
  }
}
