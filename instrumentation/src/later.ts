/** Does something in so many milliseconds, without keeping the process alive for it; returns what takes it back. */
export type Later = (work: () => void, milliseconds: number) => () => void

export const later: Later = (work, milliseconds) => {
  const timer = setTimeout(work, milliseconds)
  // a number where the runtime is not Node
  if (typeof timer === 'object') timer.unref()
  return () => clearTimeout(timer)
}
