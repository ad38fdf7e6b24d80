import type { ScoreReport, StreamReport } from '../../domain/verdict.ts'
import { numberText, signText } from './format.ts'

/** The largest effect of a score beside its tolerance, in the words of its kind. */
export function effectText(score: ScoreReport): string | undefined {
  const stream = score.streams.reduce<StreamReport | undefined>(
    (largest, candidate) => (largest === undefined || ratioOf(candidate) > ratioOf(largest) ? candidate : largest),
    undefined,
  )
  if (stream === undefined) return undefined
  return `${sizeText(score, stream.effect)} (tolerance ${sizeText(score, stream.tolerance)})`
}

function ratioOf({ effect, tolerance }: StreamReport): number {
  return tolerance === 0 ? Math.abs(effect) : Math.abs(effect) / tolerance
}

function sizeText({ kind }: ScoreReport, size: number): string {
  switch (kind) {
    case 'binary':
      return `${signText(Number((size * 100).toFixed(1)))} points`
    case 'score':
      return `${numberText(size)} baseline sd`
    case 'categorical':
      return `w ${numberText(size)}`
  }
}
