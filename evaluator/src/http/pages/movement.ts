import { movedScores } from '../../domain/moved-scores.ts'
import type { ScoreReport } from '../../domain/verdict.ts'

/** The one number of a score that tells best what changed: its mean, or the category that moved most. */
export type Movement = {
  readonly score: ScoreReport
  /** The category, or null when the number is the mean. */
  readonly category: string | null
  readonly baseline: number
  readonly current: number
  readonly judgement: 'better' | 'worse' | 'different'
}

/** Undefined when a window has no value. */
export function movementOf(score: ScoreReport): Movement | undefined {
  const { baseline, current } = score
  if (baseline.mean !== null && current.mean !== null)
    return {
      score,
      category: null,
      baseline: baseline.mean,
      current: current.mean,
      judgement: judge(score, current.mean - baseline.mean),
    }
  const [category] = categoriesByMovement(score)
  if (category === undefined) return undefined
  return { score, judgement: 'different', ...category }
}

/** Scores that speak for a change, the strongest evidence first. */
export function strongestMovements(scores: readonly ScoreReport[], count: number): Movement[] {
  return movedScores(scores)
    .flatMap((score) => movementOf(score) ?? [])
    .slice(0, count)
}

export type CategoryShares = { readonly category: string; readonly baseline: number; readonly current: number }

/** The categories of both windows, what grew most first; ranges of a number keep their order. */
export function categoriesOf(score: ScoreReport): CategoryShares[] {
  return score.kind === 'categorical' ? categoriesByMovement(score) : pairShares(score)
}

function categoriesByMovement(score: ScoreReport): CategoryShares[] {
  return pairShares(score).sort((a, b) => b.current - b.baseline - (a.current - a.baseline))
}

function pairShares({ baseline, current }: ScoreReport): CategoryShares[] {
  if (baseline.shares === null || current.shares === null) return []
  const before = baseline.shares
  const now = current.shares
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])]
  return names.map((category) => ({ category, baseline: before[category] ?? 0, current: now[category] ?? 0 }))
}

function judge({ direction, streams }: ScoreReport, difference: number): Movement['judgement'] {
  const isBeyondTolerance = streams.some((stream) => Math.abs(stream.effect) >= stream.tolerance)
  if (direction === 'none' || difference === 0 || !isBeyondTolerance) return 'different'
  return difference > 0 === (direction === 'higher-better') ? 'better' : 'worse'
}
