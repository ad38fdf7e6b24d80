import type { ScoreKind, ScoreReport } from './verdict.ts'

/** With equal evidence the form tells more than pass or fail, and both more than a number. */
const KIND_ORDER: Readonly<Record<ScoreKind, number>> = { categorical: 0, binary: 1, score: 2 }

/**
 * The scores that moved by at least their tolerance since the likely onset, the strongest evidence first. Evidence alone
 * does not tell: a score that never varies keeps the evidence of a sum without information, which grows by 1 a run.
 */
export function movedScores(scores: readonly ScoreReport[]): ScoreReport[] {
  return scores
    .filter(({ streams }) =>
      streams.some(({ stream, effect, tolerance }) => stream !== 'missing' && Math.abs(effect) >= tolerance),
    )
    .toSorted((a, b) => b.evidence - a.evidence || KIND_ORDER[a.kind] - KIND_ORDER[b.kind])
}
