import { StatisticsError } from '../statistics-error.ts'

/** A difference with its standard error, both in the unit of the tolerance. */
export type MeasuredDifference = { readonly difference: number; readonly error: number }

export type AdjustedEffect = MeasuredDifference & {
  /** Whether the rest exceeds the tolerance by two standard errors: "judge changed and quality changed". */
  readonly keepsPage: boolean
}

const ERRORS_BEYOND = 2

/**
 * What is left of a change in production once the judge's own shift on its anchors is taken off (section 8). Heuristic.
 * @param worse sign of a worsening: -1 where higher is better, 1 where lower is better, 0 where both sides matter
 */
export function adjustedEffect(
  production: MeasuredDifference,
  anchors: MeasuredDifference,
  { tolerance, worse }: { readonly tolerance: number; readonly worse: -1 | 0 | 1 },
): AdjustedEffect {
  if (!(tolerance >= 0))
    throw new StatisticsError('statistics_tolerance_invalid', `The tolerance is ${tolerance}: it must be at least 0.`)
  const difference = production.difference - anchors.difference
  const error = Math.hypot(production.error, anchors.error)
  const size = worse === 0 ? Math.abs(difference) : worse * difference
  return { difference, error, keepsPage: size - ERRORS_BEYOND * error > tolerance }
}
