/** A logarithmic axis from 0.1 up to `top`, which is a power of ten; values outside are moved to its ends. */
export type LogScale = { readonly top: number; readonly positionOf: (value: number) => number }

const BOTTOM = 0.1
/** How far above the highest threshold the axis goes: beyond it more evidence tells nothing more. */
const HEADROOM = 1000

/**
 * The axis of an evidence chart. `positionOf` gives 0 at the bottom and 1 at the top. Evidence grows without limit, so the
 * axis ends three decades above the highest threshold and the thresholds stay where they can be seen.
 */
export function evidenceScale(evidence: readonly number[], thresholds: readonly number[]): LogScale {
  const highest = Math.max(1, ...thresholds)
  const wanted = Math.min(Math.max(highest * 3, ...evidence), highest * HEADROOM)
  const top = 10 ** Math.ceil(Math.log10(wanted))
  const decades = Math.log10(top / BOTTOM)
  return {
    top,
    positionOf: (value) => Math.log10(Math.max(BOTTOM, Math.min(top, value)) / BOTTOM) / decades,
  }
}

/** Powers of ten on the axis, at most six. */
export function decadeTicks({ top }: LogScale): number[] {
  const first = Math.round(Math.log10(BOTTOM))
  const last = Math.round(Math.log10(top))
  const step = Math.ceil((last - first + 1) / 6)
  const count = Math.floor((last - first) / step) + 1
  return Array.from({ length: count }, (_, index) => 10 ** (first + index * step))
}
