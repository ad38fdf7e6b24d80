import type { ScoreStatistics } from './batch-statistics.ts'

/** Of fewer records a share says nothing. */
const LEAST_RECORDS = 10

/** Share of the records without a value among those that the score was asked about; null with fewer than 10 of them. */
export function missingShare(statistics: ScoreStatistics | undefined): number | null {
  const counts = statistics?.missing ?? []
  const asked = counts.reduce((sum, { n }) => sum + n, 0)
  if (asked < LEAST_RECORDS) return null
  return counts.reduce((sum, { x }) => sum + x, 0) / asked
}
