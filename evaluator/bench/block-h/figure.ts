import { median } from '../detection-rows.ts'

/** One figure of the specification, measured again. */
export type Figure = {
  readonly experiment: string
  readonly figure: string
  /** What the specification states; null where it states only a bound. */
  readonly expected: number | null
  /** Largest distance from `expected` that agrees, or the bound itself. */
  readonly tolerance: number
  /** Null: a median that is never reached. */
  readonly measured: number | null
  readonly repetitions: number
  readonly agrees: boolean
  /** False for figures of an earlier design, which the specification gives for orientation. */
  readonly isBinding: boolean
}

export type Named = { readonly experiment: string; readonly figure: string; readonly isBinding?: boolean }
export type Stated = { readonly expected: number; readonly repetitions: number }

/** Two simulations may differ by so much plus two standard errors (STATISTICS, section 16). */
const SHARE_SLACK = 0.02
const MEDIAN_SLACK = { runs: 1, share: 0.15 } as const

/**
 * A share of `hits` agrees when it lies within 0.02 + 2 sqrt(p (1 - p) (1/R + 1/R0)) of the stated one. p is the share of
 * both simulations together, so that a stated 1.00 of thirty agents is not taken for a certainty.
 */
export function shareFigure(named: Named, stated: Stated, hits: readonly boolean[]): Figure {
  const count = hits.filter(Boolean).length
  const all = hits.length + stated.repetitions
  const p = (count + stated.expected * stated.repetitions) / all
  const tolerance = SHARE_SLACK + 2 * Math.sqrt(p * (1 - p) * (1 / hits.length + 1 / stated.repetitions))
  return figure(named, { ...stated, tolerance, measured: hits.length === 0 ? null : count / hits.length }, hits.length)
}

/** A median agrees within one run or 15 %. */
export function medianFigure(named: Named, expected: number, values: readonly number[]): Figure {
  const tolerance = Math.max(MEDIAN_SLACK.runs, MEDIAN_SLACK.share * expected)
  return figure(named, { expected, tolerance, measured: median(values) }, values.length)
}

/** A figure of which the specification promises only that it is at most `bound`. */
export function boundFigure(named: Named, bound: number, measured: number, repetitions: number): Figure {
  return {
    ...base(named),
    expected: null,
    tolerance: bound,
    measured,
    repetitions,
    agrees: measured <= bound,
  }
}

/** A mean of counts agrees within two standard errors of both simulations, taken as Poisson counts a year. */
export function yearlyFigure(named: Named, stated: Stated, counts: readonly number[]): Figure {
  const measured = counts.reduce((sum, count) => sum + count, 0) / counts.length
  const tolerance = 2 * Math.sqrt(stated.expected * (1 / counts.length + 1 / stated.repetitions))
  return figure(named, { ...stated, tolerance, measured }, counts.length)
}

function figure(
  named: Named,
  { expected, tolerance, measured }: { expected: number; tolerance: number; measured: number | null },
  repetitions: number,
): Figure {
  const agrees = measured !== null && Math.abs(measured - expected) <= tolerance + 1e-9
  return { ...base(named), expected, tolerance, measured, repetitions, agrees }
}

function base({ experiment, figure, isBinding = true }: Named): Pick<Figure, 'experiment' | 'figure' | 'isBinding'> {
  return { experiment, figure, isBinding }
}
