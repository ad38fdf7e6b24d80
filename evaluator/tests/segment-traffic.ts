import { TIDEMARK } from '@tidemark/instrumentation/semconv'
import type { ScoredCall } from '../src/scoring/scored-call.ts'
import { freezeBaseline, type BaselineDocument } from '../src/verdict/baseline-document.ts'
import { batchStatistics, type BatchStatistics } from '../src/verdict/batch-statistics.ts'
import { createWatch, type Watch, type WatchState } from '../src/verdict/watch.ts'
import type { DetectorIncident } from '../src/verdict/watched-detector.ts'
import { callRecord, DAY, evaluated, MONDAY } from './call-records.ts'

export { seededRandom } from '../src/demo/seeded-random.ts'

/** Traffic of one day: the share of every segment, and how much of it is invalid. */
export type Traffic = {
  readonly calls: number
  readonly segments: Readonly<Record<string, { readonly share: number; readonly invalid: number }>>
}

/** Calls drawn one by one, spread over the day that starts at `startOfDay`. */
export function drawDay(startOfDay: number, { calls, segments }: Traffic, random: () => number): ScoredCall[] {
  const names = Object.keys(segments)
  return Array.from({ length: calls }, (_, i) => {
    const segment = pick(names, (name) => segments[name]?.share ?? 0, random)
    const isInvalid = random() < (segments[segment]?.invalid ?? 0)
    const call = callRecord(`${startOfDay}/${i}`, {
      startedAt: startOfDay + Math.floor((i * DAY) / calls),
      segment,
      latencySeconds: 0.3 + random(),
      outputCharacters: 80 + Math.floor(60 * random()),
      outputTokens: 20 + Math.floor(20 * random()),
      outputShape: isInvalid ? 'json_fenced' : 'json',
    })
    return evaluated(call, isInvalid ? 'malformed_json' : 'valid')
  })
}

/** A baseline of `calls` items, drawn over the day before {@link MONDAY}. */
export function drawBaseline(
  traffic: Traffic,
  random: () => number,
  overrides: Partial<Pick<BaselineDocument, 'falsePagesPerYear' | 'ticketsPerYear' | 'escalationLimits'>> = {},
): BaselineDocument {
  return freezeBaseline(drawDay(MONDAY - DAY, traffic, random), {
    agent: 'triage',
    version: 1,
    createdAt: MONDAY,
    expiresAt: MONDAY + 180 * DAY,
    window: { from: MONDAY - DAY, to: MONDAY },
    segments: [TIDEMARK.segment],
    runsPerYear: 365,
    falsePagesPerYear: 1,
    ticketsPerYear: 12,
    escalationLimits: [0.15],
    ...overrides,
  })
}

/** Slot of a day that counts from 1; its window is the day before it. */
export function slotOf(day: number): number {
  return MONDAY + day * DAY
}

export function batchOf(watch: Watch, items: readonly ScoredCall[]): BatchStatistics {
  return batchStatistics(items, [], {
    frozen: watch.baseline.scores,
    strata: watch.strata,
    segments: watch.baseline.segments,
  })
}

/** Runs a watch through days of drawn traffic; day 1 first. */
export function playTraffic(
  baseline: BaselineDocument,
  days: readonly Traffic[],
  random: () => number,
  incidents: readonly DetectorIncident[] = [],
): WatchState[] {
  const watch = createWatch(baseline)
  return days.map((traffic, i) =>
    watch.run(slotOf(i + 1), batchOf(watch, drawDay(slotOf(i), traffic, random)), incidents),
  )
}

export function repeated<Value>(count: number, value: Value): Value[] {
  return Array.from({ length: count }, () => value)
}

function pick(names: readonly string[], weight: (name: string) => number, random: () => number): string {
  let rest = random() * names.reduce((sum, name) => sum + weight(name), 0)
  for (const name of names) {
    rest -= weight(name)
    if (rest < 0) return name
  }
  return names.at(-1) ?? ''
}
