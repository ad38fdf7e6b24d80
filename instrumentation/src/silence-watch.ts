import type { Later } from './later.ts'

/** Tells a team whose calls go past us: everything looks healthy then, and nothing is recorded. */
export interface SilenceWatch {
  /** A client or a fetch has been handed out; from now on calls are expected. */
  expect(): void
  /** A call was seen: no warning any more. */
  observed(): void
  stop(): void
}

/** Calls of an agent that serves somebody come sooner, milliseconds. */
const PATIENCE = 5 * 60_000

export function createSilenceWatch(warn: (message: string) => void, later: Later): SilenceWatch {
  let forget: (() => void) | undefined
  let isOver = false
  const stop = (): void => {
    isOver = true
    forget?.()
  }
  return {
    expect() {
      if (isOver || forget !== undefined) return
      forget = later(() => {
        isOver = true
        warn(
          `no call was observed in the ${PATIENCE / 60_000} minutes since a client was instrumented. Make the calls with the client that instrument() returned, not with the one given to it; other SDKs need tidemark.fetch() as their fetch.`,
        )
      }, PATIENCE)
    },
    observed() {
      if (!isOver) stop()
    },
    stop,
  }
}
