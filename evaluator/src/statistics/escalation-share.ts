import { logBeta, logIncompleteBeta } from './special/beta.ts'
import { logSumExp } from './special/log-sum-exp.ts'
import { StatisticsError } from './statistics-error.ts'

/**
 * log of the e-value against "the share is at most limit" after `escalated` and `others` items: a mixture over shares
 * uniform above the limit (section 9). A supermartingale whenever the share stays at or below the limit. Exact.
 */
export function logShareEvidence(escalated: number, others: number, limit: number): number {
  const a = 1 + escalated
  const b = 1 + others
  const { upper } = logIncompleteBeta(a, b, limit)
  return logBeta(a, b) + upper - escalated * Math.log(limit) - b * Math.log1p(-limit)
}

export type ShareStep = {
  /** log E over all runs: at log 20 the statement "the share since the start has exceeded the limit" holds. */
  readonly logEvidence: number
  /** log Q, the sum of e-values over start runs: alarms at log(runsPerYear / falseAlarmsPerYear). */
  readonly logSum: number
}

export type ShareEvidence = {
  /** One run; a run without items repeats the values before it and is no start run. Clustered counts (section 9). */
  step(counts: { readonly escalated: number; readonly others: number }): ShareStep
  /** Q and E start again at 0: after an acknowledgement with the recent share at or below the limit. */
  restart(): void
}

/**
 * Evidence that the escalation share is above its limit, run after run (section 9). Mean time to a false alarm at
 * log Q >= log A is at least A runs; exact for independent items with a share at or below the limit.
 * @param limit share in (0, 1), 0.15 or 0.20
 */
export function createShareEvidence(limit: number): ShareEvidence {
  if (!(limit > 0 && limit < 1))
    throw new StatisticsError(
      'statistics_argument_invalid',
      `The escalation limit is ${limit}: give a share between 0 and 1, such as 0.15.`,
    )
  let escalatedBefore: number[] = [0]
  let othersBefore: number[] = [0]
  let latest: ShareStep = NOTHING_SEEN
  return {
    step({ escalated, others }) {
      if (!isCount(escalated) || !isCount(others))
        throw new StatisticsError(
          'statistics_batch_invalid',
          `The run has ${escalated} escalated and ${others} other decisions: both must be whole numbers of at least 0.`,
        )
      if (escalated + others === 0) return latest
      const escalatedNow = escalatedBefore.at(-1)! + escalated
      const othersNow = othersBefore.at(-1)! + others
      const terms = escalatedBefore.map((before, k) =>
        logShareEvidence(escalatedNow - before, othersNow - othersBefore[k]!, limit),
      )
      escalatedBefore.push(escalatedNow)
      othersBefore.push(othersNow)
      latest = { logEvidence: terms[0]!, logSum: logSumExp(terms) }
      return latest
    },
    restart() {
      escalatedBefore = [0]
      othersBefore = [0]
      latest = NOTHING_SEEN
    },
  }
}

const NOTHING_SEEN: ShareStep = { logEvidence: 0, logSum: -Infinity }

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0
}
