import { binaryMomentZ, isLargeRun } from '../daily/binary-moments.ts'
import { binaryCell } from '../daily/binary-z.ts'
import { BINARY_COLUMNS } from '../daily/stratum-statistics.ts'
import { addRows, firstColumn, type Observation, type StreamModel } from './stream-model.ts'

/**
 * Success counts; effects are differences of rates, 0.02 being 2 points. Law of a run exact, above 500 items
 * asymptotic (sections 4.2, 6.3 and 18).
 */
export const binaryModel: StreamModel = {
  columns: BINARY_COLUMNS,
  sizes: (rows) => firstColumn(rows, BINARY_COLUMNS),
  merge: addRows,
  observe,
  effect,
}

function observe(today: Float64Array, reference: Float64Array): Observation | null {
  if (isLargeRun(today, reference)) {
    const z = binaryMomentZ(today, reference)
    return z === null ? null : { kind: 'normal', z }
  }
  const cell = binaryCell(today, reference)
  return cell === null ? null : { kind: 'cell', z: cell.z, low: cell.low, high: cell.high }
}

function effect(before: Float64Array, now: Float64Array): number {
  let weighted = 0
  let items = 0
  for (let i = 0; i < before.length; i += BINARY_COLUMNS) {
    const n0 = before[i]!
    const n1 = now[i]! - n0
    if (n1 <= 0 || n0 <= 0) continue
    weighted += now[i + 1]! - before[i + 1]! - (n1 * before[i + 1]!) / n0
    items += n1
  }
  return items === 0 ? 0 : weighted / items
}
