/** So many a minute, with a burst of one minute's worth. */
export type RateBudget = {
  /**
   * Takes all of `count`, or nothing. More than a minute's worth is let in by a full budget and paid off afterwards: it would
   * never be there.
   */
  take(count: number, now: number): boolean
  /** Seconds until `count` are there again, at least 1. */
  waitSeconds(count: number, now: number): number
}

/** Times are epoch milliseconds; a clock that goes back gives nothing twice. */
export function rateBudget(perMinute: number): RateBudget {
  let left = perMinute
  let at = -Infinity
  const refill = (now: number): void => {
    if (now > at) left = Math.min(perMinute, left + ((now - at) / 60_000) * perMinute)
    at = Math.max(at, now)
  }
  return {
    take(count, now) {
      refill(now)
      if (left < Math.min(count, perMinute)) return false
      left -= count
      return true
    },
    waitSeconds(count, now) {
      refill(now)
      return Math.max(1, Math.ceil(((Math.min(count, perMinute) - left) / perMinute) * 60))
    },
  }
}
