import { StatisticsError } from '../statistics-error.ts'

/** c = T / (4 max(1, f)): the prior weight of "changed before the first run" (section 2); heuristic. */
export function launchLump(runsPerYear: number, falsePagesPerYear: number): number {
  requireBudget(runsPerYear, falsePagesPerYear)
  return runsPerYear / (4 * Math.max(1, falsePagesPerYear))
}

/**
 * A = (T + c) / f: at this evidence the detector pages. At most f false pages are expected in the first year, for any
 * dependence between streams (section 6.2). Exact for binary streams without recalibration, first order otherwise.
 * A lump smaller than `launchLump` leaves A as it is, so that several baseline versions can share one budget.
 */
export function threshold(runsPerYear: number, falsePagesPerYear: number, lump = 0): number {
  const full = launchLump(runsPerYear, falsePagesPerYear)
  if (!(lump >= 0 && lump < Infinity))
    throw new StatisticsError(
      'statistics_budget_invalid',
      `The lump is ${lump}: it must be a finite number of at least 0.`,
    )
  return (runsPerYear + Math.max(full, lump)) / falsePagesPerYear
}

function requireBudget(runsPerYear: number, falsePagesPerYear: number): void {
  if (!(runsPerYear > 0 && runsPerYear < Infinity))
    throw new StatisticsError(
      'statistics_budget_invalid',
      `runsPerYear is ${runsPerYear}: give the number of scheduled runs a year, 365 for daily ones.`,
    )
  if (!(falsePagesPerYear > 0 && falsePagesPerYear < Infinity))
    throw new StatisticsError(
      'statistics_budget_invalid',
      `falsePagesPerYear is ${falsePagesPerYear}: give a number above 0, 1 for one false page a year.`,
    )
}
