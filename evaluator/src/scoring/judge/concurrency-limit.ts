/** Runs at most `most` pieces of work at a time; the others wait in the order in which they came. */
export function concurrencyLimit(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      // whoever waited longest takes over the place
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
