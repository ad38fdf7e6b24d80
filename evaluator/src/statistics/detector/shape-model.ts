import { shapeZ } from '../daily/shape-z.ts'
import { addRows, type StreamModel } from './stream-model.ts'

/**
 * Counts of a fixed number of bins; effects are Cohen's w, corrected for what chance alone would show. Asymptotic
 * (sections 4.4 and 6.3).
 */
export function shapeModel(bins: number): StreamModel {
  return {
    columns: bins,
    sizes: (rows) => {
      const sizes = new Float64Array(rows.length / bins)
      for (let i = 0; i < rows.length; i++) sizes[Math.floor(i / bins)]! += rows[i]!
      return sizes
    },
    merge: addRows,
    observe: (today, reference) => {
      const z = shapeZ(today, reference, bins)
      return z === null ? null : { kind: 'normal', z }
    },
    effect: (before, now) => cohenW(mixBins(before, now, bins)),
  }
}

/** Bins before and after a candidate, mixed over strata by the items after. */
export type MixedBins = {
  readonly before: Float64Array
  readonly after: Float64Array
  readonly itemsBefore: number
  readonly itemsAfter: number
}

/** Mixes the strata seen on both sides; `now` holds the items of `before` as well. Exact (section 6.3). */
export function mixBins(before: Float64Array, now: Float64Array, bins: number): MixedBins {
  const mixedBefore = new Float64Array(bins)
  const mixedAfter = new Float64Array(bins)
  let itemsBefore = 0
  let itemsAfter = 0
  for (let row = 0; row < before.length; row += bins) {
    let n0 = 0
    let total = 0
    for (let b = 0; b < bins; b++) {
      n0 += before[row + b]!
      total += now[row + b]!
    }
    const n1 = total - n0
    if (n1 <= 0 || n0 <= 0) continue
    for (let b = 0; b < bins; b++) {
      mixedBefore[b]! += (n1 * before[row + b]!) / n0
      mixedAfter[b]! += now[row + b]! - before[row + b]!
    }
    itemsBefore += n0
    itemsAfter += n1
  }
  return { before: mixedBefore, after: mixedAfter, itemsBefore, itemsAfter }
}

/** Cohen's w less what chance alone would show (section 6.3; Cohen 1988); heuristic. */
export function cohenW({ before, after, itemsBefore, itemsAfter }: MixedBins): number {
  if (itemsAfter === 0) return 0
  let squares = 0
  let present = 0
  for (let b = 0; b < before.length; b++) {
    const p0 = before[b]! / itemsAfter
    const p1 = after[b]! / itemsAfter
    if (p0 <= 0 && p1 <= 0) continue
    present++
    squares += (p1 - p0) ** 2 / Math.max(p0, 0.5 / itemsBefore)
  }
  return Math.sqrt(Math.max(0, squares - (present - 1) * (1 / itemsBefore + 1 / itemsAfter)))
}
