import { StatisticsError } from '../statistics-error.ts'

/** Items by the judge's verdict against the human's, "positive" being the defect looked for. */
export type Confusion = {
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly trueNegatives: number
}

/** Agreement of a judge with humans; what is 0/0 is `null`, not 0 or 1. */
export type Agreement = {
  readonly kappa: number | null
  readonly baseRate: number | null
  readonly sensitivity: number | null
  readonly specificity: number | null
}

/** Cohen's kappa with base rate, sensitivity and specificity (Cohen 1960; section 11). Exact for the sample given. */
export function kappa(counts: Confusion): Agreement {
  const { truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn } = counts
  if (![tp, fp, fn, tn].every((count) => Number.isInteger(count) && count >= 0))
    throw new StatisticsError(
      'statistics_argument_invalid',
      `The counts ${JSON.stringify(counts)} must be whole numbers of at least 0.`,
    )
  const n = tp + fp + fn + tn
  const observed = (tp + tn) / n
  const byChance = ((tp + fn) * (tp + fp) + (tn + fp) * (tn + fn)) / n ** 2
  return {
    kappa: byChance < 1 ? (observed - byChance) / (1 - byChance) : null,
    baseRate: ratio(tp + fn, n),
    sensitivity: ratio(tp, tp + fn),
    specificity: ratio(tn, tn + fp),
  }
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
