/** The events of `process` that say it is about to end. */
export interface EndingProcess {
  readonly pid: number
  on(event: NodeJS.Signals | 'beforeExit', listener: () => void): unknown
  removeListener(event: NodeJS.Signals | 'beforeExit', listener: () => void): unknown
  listenerCount(event: NodeJS.Signals): number
  kill(pid: number, signal: NodeJS.Signals): unknown
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT']

/**
 * Runs `finish` once when the process is asked to end or has nothing left to do. A process that listens to the signal
 * itself decides when it ends; one that does not ends by that signal, after `finish`. Returns what takes it back.
 */
export function beforeProcessEnds(process: EndingProcess, finish: () => Promise<void>): () => void {
  let finished: Promise<void> | undefined
  const finishOnce = (): Promise<void> => (finished ??= finish())
  const forget: (() => void)[] = []
  const listen = (event: NodeJS.Signals | 'beforeExit', listener: () => void): void => {
    process.on(event, listener)
    forget.push(() => process.removeListener(event, listener))
  }
  const takeBack = (): void => {
    for (const remove of forget.splice(0)) remove()
  }
  for (const signal of SIGNALS) {
    listen(signal, () => {
      const isOurs = process.listenerCount(signal) === 1
      const end = (): void => {
        takeBack()
        if (isOurs) process.kill(process.pid, signal)
      }
      finishOnce().then(end, end)
    })
  }
  listen('beforeExit', () => {
    finishOnce().then(takeBack, takeBack)
  })
  return takeBack
}
