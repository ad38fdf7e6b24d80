import { shapeZ } from '../daily/shape-z.ts'
import { addRows, type StreamModel } from './stream-model.ts'

/** Counts of a fixed number of bins; effects are Cohen's w, corrected for what chance alone would show. */
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
    effect: (before, now) => cohenW(before, now, bins),
  }
}

/** Cohen's w between the bins before and after, shares mixed over strata by the items after (section 6.3); heuristic. */
function cohenW(before: Float64Array, now: Float64Array, bins: number): number {
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
  if (itemsAfter === 0) return 0
  let squares = 0
  let present = 0
  for (let b = 0; b < bins; b++) {
    const p0 = mixedBefore[b]! / itemsAfter
    const p1 = mixedAfter[b]! / itemsAfter
    if (p0 <= 0 && p1 <= 0) continue
    present++
    squares += (p1 - p0) ** 2 / Math.max(p0, 0.5 / itemsBefore)
  }
  return Math.sqrt(Math.max(0, squares - (present - 1) * (1 / itemsBefore + 1 / itemsAfter)))
}
