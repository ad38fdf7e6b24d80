/** A clock that stands still until nobody runs any more, then jumps to the next who wakes up. */
export interface VirtualClock {
  /** Milliseconds since the beginning. */
  readonly now: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
  /** Lets time pass until then. */
  runUntil(milliseconds: number): Promise<void>
}

export function createVirtualClock(): VirtualClock {
  let now = 0
  // whoever wakes in the same millisecond wakes together
  const sleepers = new Map<number, (() => void)[]>()
  return {
    now: () => now,
    sleep(milliseconds) {
      const at = Math.ceil(now + milliseconds)
      return new Promise((resolve) => {
        const together = sleepers.get(at)
        if (together === undefined) sleepers.set(at, [resolve])
        else together.push(resolve)
      })
    },
    async runUntil(end) {
      for (; now < end; now++) {
        for (let due = sleepers.get(now); due !== undefined; due = sleepers.get(now)) {
          sleepers.delete(now)
          for (const wake of due) wake()
          await new Promise(setImmediate)
        }
      }
    },
  }
}
