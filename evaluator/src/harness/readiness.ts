import { SEGMENT_MINIMUM_SAMPLES, RECOMMENDED_SAMPLES } from '../verdict/baseline-document.ts'
import type { HarnessReport } from './report.ts'

export type Readiness = {
  /** `undecided`: what is missing is data, not quality. */
  readonly verdict: 'ready' | 'not_ready' | 'undecided'
  readonly reasons: readonly string[]
  readonly readyAt: number
}

const LARGEST_FAILED_SHARE = 0.02
const LARGEST_FLAKY_SHARE = 0.05
const LARGEST_UNJUDGED_SHARE = 0.05

/** Whether to launch, with every reason against it. @param readyAt least pass rate, as the lower end of its interval */
export function readiness(report: Omit<HarnessReport, 'readiness'>, readyAt: number): Readiness {
  const { real, gap, flaky, asked } = report
  const lacking: string[] = []
  const against: string[] = []
  if (asked.done < asked.of) lacking.push(`The run is not complete: ${asked.done} of ${asked.of} calls were made.`)
  if (report.deciding.length === 0)
    lacking.push('Nothing says whether an answer is right: no binary score that can page has a value.')
  if (real.total.judged < RECOMMENDED_SAMPLES)
    lacking.push(
      `${real.total.judged} real examples were judged; ${RECOMMENDED_SAMPLES} to 300 are needed for a baseline that finds more than large changes.`,
    )
  if (real.examples > 0 && real.unjudged > real.examples * LARGEST_UNJUDGED_SHARE)
    lacking.push(`${real.unjudged} of ${real.examples} real examples could not be judged.`)
  if (real.total.judged > 0 && real.total.upper < readyAt)
    against.push(
      `The pass rate on real examples is ${percent(real.total.rate ?? 0)}, at most ${percent(real.total.upper)}: below the ${percent(readyAt)} that were asked for.`,
    )
  else if (real.total.judged > 0 && real.total.lower < readyAt)
    lacking.push(
      `The pass rate on real examples is ${percent(real.total.rate ?? 0)}, but may be as low as ${percent(real.total.lower)}: ${percent(readyAt)} is not shown.`,
    )
  if (gap !== null && gap.lower > 0)
    against.push(
      `The demo set flatters by ${points(gap.difference)} (${points(gap.lower)} to ${points(gap.upper)}): it does not stand for real inputs.`,
    )
  for (const row of real.segments)
    if (real.segments.length > 1 && row.judged >= SEGMENT_MINIMUM_SAMPLES && row.upper < readyAt)
      against.push(
        `Segment ${row.segment} passes ${percent(row.rate ?? 0)} of ${row.judged}, at most ${percent(row.upper)}.`,
      )
  if (real.failedCalls > real.calls * LARGEST_FAILED_SHARE)
    against.push(`${real.failedCalls} of ${real.calls} calls on real examples failed.`)
  if (flaky !== null && flaky.inputs > flaky.of * LARGEST_FLAKY_SHARE)
    against.push(`${flaky.inputs} of ${flaky.of} inputs give another result from run to run.`)
  const verdict = against.length > 0 ? 'not_ready' : lacking.length > 0 ? 'undecided' : 'ready'
  return { verdict, reasons: [...against, ...lacking], readyAt }
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

export function points(share: number): string {
  return `${(share * 100).toFixed(1)} points`
}
