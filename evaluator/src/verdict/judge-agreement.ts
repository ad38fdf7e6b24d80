import type { Direction, JudgeAgreement } from '../domain/verdict.ts'
import type { Choices } from '../scoring/judge/index.ts'
import { kappa } from '../statistics/index.ts'

/** One record that a judge and a person looked at: the value the judge chose, and the value or the choice of the person. */
export type LabelledAnswer = { readonly judge: number; readonly human: number | string }

/** Fewer labels say nothing of a judge: the standard error of kappa is above 0.2. */
export const LEAST_LABELS = 20

/**
 * How far a judge agrees with people about what is a defect: a value on the worse side of the middle between the best and the
 * worst choice of its rubric. A label is such a value, or a choice by its name; others are not counted. Null with fewer than
 * {@link LEAST_LABELS}.
 */
export function judgeAgreement(
  score: string,
  answers: readonly LabelledAnswer[],
  { choices, direction }: { readonly choices: Choices; readonly direction: Direction },
): JudgeAgreement | null {
  const values = Object.values(choices)
  const middle = (Math.min(...values) + Math.max(...values)) / 2
  const isDefect = (value: number): boolean => (direction === 'lower-better' ? value > middle : value < middle)
  const byName = new Map(Object.entries(choices).map(([name, value]) => [folded(name), value]))
  const pairs = answers.flatMap(({ judge, human }) => {
    const value = typeof human === 'number' ? human : byName.get(folded(human))
    return value === undefined ? [] : [{ judge: isDefect(judge), human: isDefect(value) }]
  })
  if (pairs.length < LEAST_LABELS) return null
  const count = (judge: boolean, human: boolean): number =>
    pairs.filter((pair) => pair.judge === judge && pair.human === human).length
  const agreement = kappa({
    truePositives: count(true, true),
    falsePositives: count(true, false),
    falseNegatives: count(false, true),
    trueNegatives: count(false, false),
  })
  return { score, labels: pairs.length, ...agreement }
}

function folded(name: string): string {
  return name.normalize('NFC').trim().toLowerCase()
}
