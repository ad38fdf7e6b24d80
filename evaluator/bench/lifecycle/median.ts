/** Infinity counts as larger than all; a median of Infinity is null: most were never found. Two in the middle are averaged. */
export function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  const low = sorted[Math.floor(middle)] ?? Infinity
  const high = sorted[Math.ceil(middle)] ?? Infinity
  return Number.isFinite(low) && Number.isFinite(high) ? (low + high) / 2 : null
}
