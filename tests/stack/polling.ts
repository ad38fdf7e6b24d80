import { setTimeout as pause } from 'node:timers/promises'

export interface PollOptions {
  /** What is waited for, for the message when it does not come: `the page of agent returns`. */
  what: string
  withinMilliseconds: number
  everyMilliseconds?: number
}

/** Asks until the answer is neither `undefined` nor `false`, and returns it. Throws when it does not come in time. */
export async function waitFor<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  options: PollOptions,
): Promise<T> {
  const { what, withinMilliseconds, everyMilliseconds = 100 } = options
  const end = performance.now() + withinMilliseconds
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > end) throw new Error(`waited ${withinMilliseconds} ms for ${what} in vain`)
    await pause(everyMilliseconds)
  }
}
