import type { ScoreReport, StreamReport } from '../../domain/verdict.ts'
import { numberText, signText } from './format.ts'

/** The largest effect of a score beside its tolerance, in the words of its kind. */
export function effectText(score: ScoreReport): string | undefined {
  const stream = score.streams.reduce<StreamReport | undefined>(
    (largest, candidate) => (largest === undefined || ratioOf(candidate) > ratioOf(largest) ? candidate : largest),
    undefined,
  )
  if (stream === undefined) return undefined
  const unit = unitOf(score, stream)
  return `${sizeText(unit, stream.effect)} (tolerance ${sizeText(unit, stream.tolerance)})`
}

function ratioOf({ effect, tolerance }: StreamReport): number {
  return tolerance === 0 ? Math.abs(effect) : Math.abs(effect) / tolerance
}

type EffectUnit = 'points' | 'baseline sd' | 'Cohen’s w'

/** A stream that compares distributions measures in w, whatever the score is. */
function unitOf({ kind }: ScoreReport, { stream }: StreamReport): EffectUnit {
  if (kind === 'categorical' || stream === 'distribution') return 'Cohen’s w'
  return kind === 'binary' ? 'points' : 'baseline sd'
}

function sizeText(unit: EffectUnit, size: number): string {
  switch (unit) {
    case 'points':
      return `${signText(Number((size * 100).toFixed(1)))} points`
    case 'baseline sd':
      return `${numberText(size)} baseline sd`
    case 'Cohen’s w':
      return `w ${numberText(size)}`
  }
}
