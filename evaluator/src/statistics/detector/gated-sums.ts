import { type Direction, signRoles, type StreamKind } from './effect-prior.ts'
import { DOWN, type EvidenceTable, UP } from './evidence-table.ts'

/** The evidence of one stream after a run, over everything and over what may page. */
export type EvidenceState = {
  /** log R of the stream, log P (direction and tolerance of section 6.3) and log N (the better side). */
  readonly logEvidence: number
  readonly logGated: number
  readonly logImproved: number
  /** Effect since every candidate, in the unit of the tolerance. */
  readonly effects: Float64Array
  /** For every candidate the sum over effects, without the lump, to be multiplied by exp(logScale). */
  readonly candidateSums: Float64Array
  readonly logScale: number
}

/**
 * Practical size and direction inside the sum (section 6.3): a candidate counts where the effect since it has the sign of d
 * and at least the tolerance. Heuristic; it takes terms out of R and so cannot raise false pages.
 */
export function gatedSums(
  evidence: EvidenceTable,
  effects: Float64Array,
  {
    kind,
    direction,
    tolerance,
  }: { readonly kind: StreamKind; readonly direction: Direction; readonly tolerance: number },
): EvidenceState {
  const roles = signRoles(kind, direction)
  const pages = new Uint8Array(effects.length)
  const improves = new Uint8Array(effects.length)
  for (let k = 0; k < effects.length; k++) {
    const effect = effects[k]!
    if (-effect >= tolerance) (roles.down === 'pages' ? pages : improves)[k]! |= DOWN
    if (effect >= tolerance) (roles.up === 'pages' ? pages : improves)[k]! |= UP
  }
  const { candidateSums, logScale, logEverything, logSelected } = evidence.sums([pages, improves])
  const [logGated, logImproved] = logSelected
  return {
    logEvidence: logEverything,
    logGated: logGated!,
    logImproved: logImproved!,
    effects,
    candidateSums,
    logScale,
  }
}
