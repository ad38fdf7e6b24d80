import type { ScoreScale } from './scorer.ts'

/** The number that the statistics compare. */
export function toScale(value: number, scale: ScoreScale): number {
  switch (scale) {
    case 'linear':
      return value
    case 'log':
      return Math.log(value)
    case 'log1p':
      return Math.log1p(value)
  }
}

/** Squares of larger numbers, summed, leave the range of a double. */
const LARGEST = 1e90

/** Like {@link toScale}; null where the statistics cannot compare the number, which then counts as missing. */
export function comparedOnScale(value: number, scale: ScoreScale): number | null {
  const scaled = toScale(value, scale)
  return Math.abs(scaled) <= LARGEST ? scaled : null
}

/** Undoes {@link toScale}, for people. */
export function fromScale(value: number, scale: ScoreScale): number {
  switch (scale) {
    case 'linear':
      return value
    case 'log':
      return Math.exp(value)
    case 'log1p':
      return Math.expm1(value)
  }
}
