import type { PageDays } from './rule-pages.ts'

/** A year in which nothing changed: baseline and batches come from one recorded run. */
export type NoChangeRow = {
  readonly run: string
  readonly detector: string
  readonly pAnyPageYear: number
  /** Mean number of days a year with a page, when nobody acts on it. */
  readonly falsePageDays: number
}

/** A year whose batches come from another run than its baseline, where the source saw no difference in quality. */
export type NoDriftRow = {
  readonly pair: string
  readonly detector: string
  readonly pAnyPageYear: number
  /** The largest difference of a quality metric between the pools, after minus before. */
  readonly poolDifference: number
}

export type ChangeRow = {
  readonly pair: string
  readonly detector: string
  /** Share of agents paged within 3, 7 and 30 runs of the change. */
  readonly found3: number | null
  readonly found7: number | null
  readonly found30: number | null
  /** 1: on the day of the change itself; null where less than half are found in the runs simulated. */
  readonly medianDelayDays: number | null
  /** Median distance between the change and the most likely change run, on the day of the page. */
  readonly onsetErrorDays: number | null
  /** Share of pages on which the true event ranks before three others. */
  readonly causeFirst: number | null
}

export type MixOnlyRow = { readonly detector: string; readonly pPage: number }

export type DetectionReport = {
  readonly noChange: readonly NoChangeRow[]
  readonly noDriftPairs: readonly NoDriftRow[]
  readonly change: readonly ChangeRow[]
  readonly mixOnly: readonly MixOnlyRow[]
}

/** Pages of one agent; onset and cause are known on every run for detectors that name them. */
export type WatchedAgent = {
  readonly pages: PageDays
  readonly onset?: Int32Array
  /** Statistic of every day, for detectors that another threshold can be set for. */
  readonly scores?: Float64Array
  readonly trueEventFirst?: Uint8Array
}

/** @param agents at least one, each of one year */
export function yearOf(agents: readonly WatchedAgent[]): Pick<NoChangeRow, 'pAnyPageYear' | 'falsePageDays'> {
  return {
    pAnyPageYear: mean(agents.map(({ pages }) => (pages.includes(1) ? 1 : 0))),
    falsePageDays: mean(agents.map(({ pages }) => pages.reduce((sum, page) => sum + page, 0))),
  }
}

/**
 * Delay after a change at run `changeRun`. A detector that keeps its evidence (`hasMemory`) is judged on the agents that
 * it had not paged before; a rule that looks at each day alone is judged on all.
 */
export function changeOf(
  agents: readonly WatchedAgent[],
  changeRun: number,
  hasMemory: boolean,
): Omit<ChangeRow, 'pair' | 'detector'> {
  const judged = agents.filter(({ pages }) => !hasMemory || !pages.subarray(0, changeRun - 1).includes(1))
  const delays = judged.map(({ pages }) => {
    const first = pages.indexOf(1, changeRun - 1)
    return first === -1 ? Infinity : first - changeRun + 2
  })
  const within = (days: number): number | null =>
    judged.length === 0 ? null : mean(delays.map((delay) => (delay <= days ? 1 : 0)))
  const found = judged.flatMap((agent, index) => {
    const delay = delays[index] ?? Infinity
    return delay === Infinity ? [] : [{ agent, day: changeRun + delay - 2 }]
  })
  const onsetErrors = found.flatMap(({ agent, day }) => {
    const onset = agent.onset?.[day]
    return onset === undefined ? [] : [Math.abs(onset - changeRun)]
  })
  const causes = found.flatMap(({ agent, day }) => agent.trueEventFirst?.[day] ?? [])
  return {
    found3: within(3),
    found7: within(7),
    found30: within(30),
    medianDelayDays: median(delays),
    onsetErrorDays: median(onsetErrors),
    causeFirst: causes.length === 0 ? null : mean(causes),
  }
}

/** Null for no values and for an infinite median. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const low = sorted[Math.ceil(middle) - 1] ?? Infinity
  const high = sorted[Math.floor(middle)] ?? Infinity
  return high === Infinity ? null : (low + high) / 2
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
