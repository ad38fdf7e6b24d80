/** Which side of a metric is the better one; `none` where both sides matter alike. */
export type Direction = 'higher-better' | 'lower-better' | 'none'
export type StreamKind = 'binary' | 'score' | 'shape'

/** Effects in baseline standard deviations (section 2); a factor 2 between neighbours loses at most 11 % of the log evidence. */
export const EFFECT_GRID = [0.1, 0.2, 0.4, 0.8] as const
/** A chi-square needs about twice the effect (section 2); heuristic, as the grid above. */
export const SHAPE_GRID = [0.2, 0.4, 0.8, 1.6] as const
/** Prior weight of the worse side of a metric with a direction; heuristic. (Section 2.) */
export const WORSE_SHARE = 0.8

/** Signed effects, those below 0 first, with their prior weights; the weights sum to 1. */
export type EffectPrior = {
  readonly effects: Float64Array
  readonly weights: Float64Array
  readonly downwardEffects: number
}

/** The prior over effects (section 2). Its choice costs power, never validity. Heuristic. */
export function effectPrior(kind: StreamKind, direction: Direction): EffectPrior {
  if (kind === 'shape') {
    const effects = Float64Array.from(SHAPE_GRID)
    return { effects, weights: effects.map(() => 1 / SHAPE_GRID.length), downwardEffects: 0 }
  }
  const down = direction === 'none' ? 0.5 : direction === 'higher-better' ? WORSE_SHARE : 1 - WORSE_SHARE
  const size = EFFECT_GRID.length
  return {
    effects: Float64Array.from([...EFFECT_GRID.map((effect) => -effect), ...EFFECT_GRID]),
    weights: Float64Array.from({ length: 2 * size }, (_value, i) => (i < size ? down : 1 - down) / size),
    downwardEffects: size,
  }
}

/** Which signs of an effect page, and which only announce an improvement (section 6.3). */
export type SignRoles = {
  readonly down: 'pages' | 'improves'
  readonly up: 'pages' | 'improves'
}

/** Roles of the signs of a stream (section 6.3). Heuristic: a choice of what wakes somebody, not of the bound. */
export function signRoles(kind: StreamKind, direction: Direction): SignRoles {
  if (kind === 'shape' || direction === 'none') return { down: 'pages', up: 'pages' }
  return direction === 'higher-better' ? { down: 'pages', up: 'improves' } : { down: 'improves', up: 'pages' }
}
