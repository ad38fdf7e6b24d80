import type { VariantDifference, VariantReport } from '../domain/verdict.ts'

/** Scores named of one variant. */
const SCORES_NAMED = 2

/** What a variant's alarm or improvement says, for the summary of a verdict; nothing where it is like control. */
export function variantSentence({ variant, alarm, improved, sinceSlotAt, differences }: VariantReport): string[] {
  if (!alarm && !improved) return []
  const word = alarm ? 'worse' : 'better'
  const since = sinceSlotAt === null ? '' : ` since the run of ${new Date(sinceSlotAt).toISOString().slice(0, 10)}`
  const said = differencesOf(differences, word).slice(0, SCORES_NAMED).map(differenceText)
  const what = said.length === 0 ? '' : `: ${said.join(', ')}`
  const whose = alarm ? ' The fault is that of the variant alone.' : ''
  return [`Variant ${variant} is ${word} than control of the same days${since}${what}.${whose}`]
}

/** Differences to the named side, or without a side, whose interval does not hold 0; the surest first. */
export function differencesOf(
  differences: readonly VariantDifference[],
  side: 'worse' | 'better',
): readonly VariantDifference[] {
  return differences
    .filter((one) => (one.low > 0 || one.high < 0) && [side, 'different'].includes(sideOf(one)))
    .toSorted((a, b) => Number(sideOf(b) === side) - Number(sideOf(a) === side) || sureness(b) - sureness(a))
}

/** Whether the variant is on the worse or the better side of control. */
export function sideOf({ direction, category, difference }: VariantDifference): 'worse' | 'better' | 'different' {
  if (category !== null || direction === 'none' || difference === 0) return 'different'
  return (direction === 'higher-better') === difference > 0 ? 'better' : 'worse'
}

function sureness({ difference, low, high }: VariantDifference): number {
  return high === low ? Infinity : Math.abs(difference) / (high - low)
}

function differenceText({ score, kind, category, variant, control, unit }: VariantDifference): string {
  if (category !== null) {
    const share = ({ shares }: VariantDifference['variant']): string => percent(shares?.[category] ?? 0)
    return `${score} ${category} ${share(variant)}, control ${share(control)}`
  }
  if (variant.mean === null || control.mean === null) return score
  return kind === 'binary'
    ? `${score} ${percent(variant.mean)}, control ${percent(control.mean)}`
    : `${score} ${short(variant.mean)} ${unit}, control ${short(control.mean)}`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.0995 && share !== 0 ? 1 : 0)} %`
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}
