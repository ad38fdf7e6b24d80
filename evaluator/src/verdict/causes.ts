import type { Cause, ChangeEvent, Onset } from '../domain/verdict.ts'
import { rankEvents } from '../statistics/index.ts'
import type { WatchedStep } from './watched-detector.ts'

/** When the change most likely happened, as the start of a data window. Null before the first run. */
export function onsetOf({ step, candidateSlots }: WatchedStep, intervalMilliseconds: number): Onset | null {
  if (step === null) return null
  const startOf = (candidate: number | undefined): number =>
    (candidateSlots[candidate ?? step.onset] ?? 0) - intervalMilliseconds
  return { at: startOf(step.onset), first: startOf(step.onsetSet[0]), last: startOf(step.onsetSet.at(-1)) }
}

/**
 * Ranks recorded events by the posterior mass around their slot, and adds what no event explains (STATISTICS §7).
 * Correlation in time, not proof: texts say "coincides with".
 */
export function rankCauses({ step, candidateSlots }: WatchedStep, events: readonly ChangeEvent[]): Cause[] {
  if (step === null) return []
  const inEpoch = events
    .map((event) => ({ event, run: candidateSlots.indexOf(event.slotAt) }))
    .filter(({ run }) => run !== -1)
  const { scores, unexplained, tied } = rankEvents(
    step.posterior,
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
