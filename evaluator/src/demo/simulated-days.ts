const DAY = 24 * 3600 * 1000

/**
 * Simulated days are UTC calendar days counted from 1; the last one is yesterday, day 0 and below come before the first.
 * A slot is the end of its day. All times are epoch milliseconds.
 */
export type SimulatedDays = {
  readonly count: number
  startOf(day: number): number
  slotOf(day: number): number
  /** The day a time lies on; a slot lies on the day after the one it evaluates. */
  dayOf(time: number): number
}

export function simulatedDays(count: number, now: number): SimulatedDays {
  const today = Math.floor(now / DAY) * DAY
  const startOf = (day: number): number => today + (day - count - 1) * DAY
  return {
    count,
    startOf,
    slotOf: (day) => startOf(day + 1),
    dayOf: (time) => Math.floor((time - today) / DAY) + count + 1,
  }
}

/** `count` moments of a day in order, one in each of `count` equal parts of it, so that traffic covers the whole day. */
export function momentsOf(start: number, count: number, random: () => number): number[] {
  return Array.from({ length: count }, (_, index) => start + Math.floor(((index + random()) / count) * DAY))
}
