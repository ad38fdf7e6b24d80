import type { VerdictRecord } from '../../domain/verdict.ts'

const GRACE_MILLISECONDS = 3_600_000

/** Whether runs are missing: two intervals and an hour without one, as the missed-schedule alert counts. */
export function isStale({ evaluatedAt, intervalSeconds }: VerdictRecord, now: number): boolean {
  return now - evaluatedAt > 2 * intervalSeconds * 1000 + GRACE_MILLISECONDS
}
