/**
 * How many values from outside one agent may turn into label values. With 10 scores at these caps an agent has at most
 * 600 series; what is beyond a cap is summed up as {@link OTHER}.
 */
export const CAP = {
  attributedScores: 2,
  bins: 8,
  causes: 4,
  changesPerKind: 17,
  changes: 17,
  excludedReasons: 5,
  judges: 2,
  segments: 5,
  streams: 4,
  uncompared: 2,
  variants: 3,
} as const

export const OTHER = 'other'

/** The first `cap` items, and the rest. */
export function splitAt<Item>(items: readonly Item[], cap: number): { kept: readonly Item[]; rest: readonly Item[] } {
  return { kept: items.slice(0, cap), rest: items.slice(cap) }
}
