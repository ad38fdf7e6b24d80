/**
 * The lowest threshold at which at most `rate` of the years have a page.
 * @param maxima largest log evidence of every year; at least one
 * @param rate share of years, 0 to 1; with 0 no year reaches the threshold
 */
export function thresholdAtRate(maxima: readonly number[], rate: number): number {
  const sorted = maxima.toSorted((a, b) => b - a)
  const allowed = Math.floor(rate * sorted.length + 1e-9)
  if (allowed >= sorted.length) return -Infinity
  // just above the first year that must not page
  const value = sorted[allowed] ?? -Infinity
  return value + Math.max(1, Math.abs(value)) * Number.EPSILON * 4
}

/** Every other year fits a threshold, the rest is reported; the two alternate also from run to run. */
export function isFittedYear(run: number, year: number): boolean {
  return (run + year) % 2 === 1
}
