import type { ChangeKind } from '@tidemark/instrumentation/semconv'
import type { ChangeEvent } from '../domain/verdict.ts'
import type { ValueCounts } from './batch-statistics.ts'
import { createJudgeChanges, judgedScore, type JudgesInUse } from './judge-changes.ts'

/** A value that reaches this share of a slot is a change … */
const ENTERS_AT = 0.2
/** … and it counts as gone when it falls below this one, so that a value near the limit is no change every day. */
const LEAVES_BELOW = 0.05
const WEEK = 7 * 86_400_000
/** A kind with more new values a week changes all the time, and explains nothing. */
const NEW_VALUES_PER_WEEK = 3

const KINDS = ['model', 'prompt', 'tools', 'data'] as const

/** Follows the values of every kind through the slots of one baseline version. */
export type ChangeTracker = {
  /** Events that came with this slot. */
  run(slotAt: number, values: ValueCounts, judges: JudgesInUse): ChangeEvent[]
  /** All events so far of kinds that are not dynamic. */
  readonly events: readonly ChangeEvent[]
}

/** Values and judges in force when the baseline was frozen. */
export function createChangeTracker(
  baseline: ValueCounts,
  frozenJudges: Readonly<Record<string, string>>,
): ChangeTracker {
  const inForce = new Map<ChangeKind, Set<string>>()
  for (const kind of KINDS) inForce.set(kind, valuesFrom(baseline, kind))
  const judgeChanges = createJudgeChanges(frozenJudges)
  const all: ChangeEvent[] = []
  return {
    run(slotAt, values, judges) {
      const fresh: ChangeEvent[] = judgeChanges.run(slotAt, judges)
      for (const kind of KINDS) {
        const counts = values[kind]
        if (counts === undefined) continue
        const known = inForce.get(kind) ?? new Set()
        const total = Object.values(counts).reduce((sum, { count }) => sum + count, 0)
        const shareOf = (value: string): number => (counts[value]?.count ?? 0) / total
        const from = [...known].toSorted((a, b) => shareOf(a) - shareOf(b) || (a < b ? -1 : 1))[0] ?? null
        for (const [value, { firstAt }] of Object.entries(counts))
          if (shareOf(value) >= ENTERS_AT && !known.has(value)) fresh.push({ kind, from, value, slotAt, at: firstAt })
        const next = new Set([...known].filter((value) => shareOf(value) >= LEAVES_BELOW))
        for (const event of fresh) if (event.kind === kind) next.add(event.value)
        inForce.set(kind, next)
      }
      all.push(...fresh)
      const kept = new Set(withoutDynamicKinds(all))
      return fresh.filter((event) => kept.has(event))
    },
    get events() {
      return withoutDynamicKinds(all)
    },
  }
}

/** Events of the kinds that do not change all the time. */
export function withoutDynamicKinds(events: readonly ChangeEvent[]): ChangeEvent[] {
  const slotsOf = Map.groupBy(events, thingOf)
  return events.filter((event) => !changesAllTheTime((slotsOf.get(thingOf(event)) ?? []).map(({ slotAt }) => slotAt)))
}

/** What changed: all judges may change on one day, each of them once. */
function thingOf({ kind, value }: ChangeEvent): string {
  return kind === 'judge' ? `judge ${judgedScore(value)}` : kind
}

/** Whether more values than {@link NEW_VALUES_PER_WEEK} came less than a week from one of them, before or after. */
function changesAllTheTime(slots: readonly number[]): boolean {
  return slots.some((slotAt) => slots.filter((other) => Math.abs(other - slotAt) < WEEK).length > NEW_VALUES_PER_WEEK)
}

function valuesFrom(values: ValueCounts, kind: ChangeKind): Set<string> {
  const counts = values[kind] ?? {}
  const total = Object.values(counts).reduce((sum, { count }) => sum + count, 0)
  return new Set(Object.keys(counts).filter((value) => (counts[value]?.count ?? 0) / total >= ENTERS_AT))
}
