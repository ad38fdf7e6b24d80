/** So many a minute, with a burst of one minute's worth. */
export type RateBudget = {
  /** Takes up to `count` and returns how many were there. */
  take(count: number, now: number): number
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
      const granted = Math.min(count, Math.floor(left))
      left -= granted
      return granted
    },
    waitSeconds(count, now) {
      refill(now)
      return Math.max(1, Math.ceil(((Math.min(count, perMinute) - left) / perMinute) * 60))
    },
  }
}
