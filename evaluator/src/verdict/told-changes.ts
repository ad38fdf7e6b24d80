import type { ChangeEvent, VerdictRecord } from '../domain/verdict.ts'
import { rankCauses } from './causes.ts'
import { withoutDynamicKinds } from './change-events.ts'
import { causeSentence } from './summary.ts'

/**
 * Changes that spans show, with those that somebody told of, oldest first. A change told of that spans show within a run of
 * it is one change, and keeps who told of it.
 */
export function joinTold(
  seen: readonly ChangeEvent[],
  told: readonly ChangeEvent[],
  intervalMilliseconds: number,
): ChangeEvent[] {
  const alone = new Set(told)
  const joined = seen.map((event) => {
    const same = told.find(
      ({ kind, value, at }) =>
        kind === event.kind && value === event.value && Math.abs(at - event.at) <= intervalMilliseconds,
    )
    if (same?.told === undefined) return event
    alone.delete(same)
    return { ...event, told: { ...same.told, isSeen: true } }
  })
  return [...joined, ...alone].toSorted((a, b) => a.slotAt - b.slotAt || a.at - b.at)
}

/**
 * The verdict with what is told of changes by now: changes, causes and the sentence about them. Evidence, onset and
 * incidents never depend on what somebody tells. Given the same changes again, it stays as it is.
 */
export function withTold(record: VerdictRecord, told: readonly ChangeEvent[]): VerdictRecord {
  const interval = record.intervalSeconds * 1000
  const inTime = told.filter(({ at }) => at < record.slotAt)
  const seen = record.changes.flatMap(({ told: by, ...event }) => (by === undefined || by.isSeen ? [event] : []))
  const joined = joinTold(seen, inTime, interval)
  const steady = new Set(withoutDynamicKinds(joined))
  const changes = joined.filter((event) => event.told === undefined || event.told.isSeen || steady.has(event))
  if (record.onsetPosterior === undefined) return { ...record, changes }
  const causes = rankCauses(record.onsetPosterior, joined, interval)
  const summary = record.summary.replace(causeSentence(record.causes), () => causeSentence(causes))
  return { ...record, changes, causes, summary }
}
