import type { Cause, ChangeEvent, Onset, OnsetPosterior } from '../domain/verdict.ts'
import { rankEvents } from '../statistics/index.ts'
import { withoutDynamicKinds } from './change-events.ts'
import type { WatchedStep } from './watched-detector.ts'

/** When the change most likely happened, as the start of a data window. Null before the first run. */
export function onsetOf({ step, candidateSlots }: WatchedStep, intervalMilliseconds: number): Onset | null {
  if (step === null) return null
  const startOf = (candidate: number | undefined): number =>
    (candidateSlots[candidate ?? step.onset] ?? 0) - intervalMilliseconds
  return { at: startOf(step.onset), first: startOf(step.onsetSet[0]), last: startOf(step.onsetSet.at(-1)) }
}

/** What the ranking of causes needs of a step. Four digits are more than a heuristic deserves, and keep verdicts short. */
export function posteriorOf({ step, candidateSlots }: WatchedStep): OnsetPosterior {
  const probabilities = candidateSlots.map((_, run) => Number((step?.posterior[run] ?? 0).toPrecision(4)))
  return { slots: candidateSlots, probabilities }
}

/**
 * Ranks recorded events by the posterior mass around their slot, and adds what no event explains (STATISTICS §7).
 * Correlation in time, not proof: texts say "coincides with".
 */
export function rankCauses(
  { slots, probabilities }: OnsetPosterior,
  events: readonly ChangeEvent[],
  intervalMilliseconds: number,
): Cause[] {
  if (slots.length === 0) return []
  const inEpoch = withoutDynamicKinds(events)
    .map((event) => ({ event, run: runOf(event, slots, intervalMilliseconds) }))
    .filter(({ run }) => run !== -1)
  const { scores, unexplained, tied } = rankEvents(
    probabilities,
    inEpoch.map(({ run }) => run),
  )
  const causes: Cause[] = inEpoch.map(({ event }, i) => ({
    kind: event.kind,
    change: event.from === null ? event.value : `${event.from} to ${event.value}`,
    probability: scores[i] ?? 0,
    tied: tied.some((group) => group.includes(i)),
  }))
  return [
    ...causes,
    { kind: 'none' as const, change: 'no recorded event', probability: unexplained, tied: false },
  ].toSorted((a, b) => b.probability - a.probability)
}

/** A change that only somebody told of belongs to the first run whose window ends after it; -1: before or after the epoch. */
function runOf({ slotAt, at, told }: ChangeEvent, slots: readonly number[], intervalMilliseconds: number): number {
  if (told === undefined || told.isSeen) return slots.indexOf(slotAt)
  const isBefore = at < (slots[0] ?? 0) - intervalMilliseconds
  return isBefore ? -1 : slots.findIndex((slot) => slot > at)
}
