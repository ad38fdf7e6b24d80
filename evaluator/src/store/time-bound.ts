/**
 * A time as a bound of a half-open window over whole milliseconds: PostgreSQL compares whole numbers with whole numbers
 * only, and has no infinite ones.
 */
export function timeBound(time: number): number {
  return Math.min(Math.max(Math.ceil(time), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
}
