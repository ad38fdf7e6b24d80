import type { ChangeEvent } from '../domain/verdict.ts'
import type { JudgeVersion } from '../scoring/judge/index.ts'
import type { ScoredCall } from '../scoring/scored-call.ts'

/** The judge of each judged score in one batch: a name for it, and the first call that it judged. */
export type JudgesInUse = Readonly<Record<string, { readonly value: string; readonly firstAt: number }>>

/** A judge as people read it: its score, its model, and 8 hex digits of model, rubric and temperature together. */
export function judgeName(score: string, { model, id }: Pick<JudgeVersion, 'model' | 'id'>): string {
  return `${score}: ${model} ${id.slice('judge-'.length, 'judge-'.length + 8)}`
}

/** The score of a name made by {@link judgeName}; of what somebody told otherwise all of it. */
export function judgedScore(name: string): string {
  return name.split(':', 1)[0] ?? name
}

/** Names of all judges of an agent, for its baseline. */
export function judgeNames(
  judges: ReadonlyMap<string, { readonly version: Pick<JudgeVersion, 'model' | 'id'> }>,
): Readonly<Record<string, string>> {
  return Object.fromEntries([...judges].map(([score, { version }]) => [score, judgeName(score, version)]))
}

/** Judges that were asked about some of these items, whether or not they gave a score. */
export function judgesInUse(
  judges: ReadonlyMap<string, { readonly version: Pick<JudgeVersion, 'model' | 'id'> }>,
  items: readonly ScoredCall[],
): JudgesInUse {
  const used: Record<string, { value: string; firstAt: number }> = {}
  for (const [score, value] of Object.entries(judgeNames(judges))) {
    const asked = items.filter(({ scores }) => scores.has(score))
    if (asked.length > 0) used[score] = { value, firstAt: Math.min(...asked.map(({ call }) => call.startedAt)) }
  }
  return used
}

/** Follows the judges through the slots of one baseline version: another model, rubric or temperature is a change. */
export type JudgeChanges = { run(slotAt: number, judges: JudgesInUse): ChangeEvent[] }

/** @param frozen names of the judges when the baseline was frozen; a judge without one is first seen later, and no change */
export function createJudgeChanges(frozen: Readonly<Record<string, string>>): JudgeChanges {
  const inForce = new Map(Object.entries(frozen))
  return {
    run(slotAt, judges) {
      const fresh: ChangeEvent[] = []
      for (const [score, { value, firstAt }] of Object.entries(judges)) {
        const from = inForce.get(score) ?? value
        if (from !== value) fresh.push({ kind: 'judge', from, value, slotAt, at: firstAt })
        inForce.set(score, value)
      }
      return fresh
    },
  }
}
