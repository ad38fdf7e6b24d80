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
