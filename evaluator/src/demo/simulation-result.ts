import type { Cause, ScoreReport, ScoreWindow, VerdictRecord } from '../domain/verdict.ts'
import type { Verdict } from '@tidemark/instrumentation/semconv'
import type { SimulatedDays } from './simulated-days.ts'

/** A number is a mean, an object the shares of categories, null nothing measured. */
export type ShownValue = number | Readonly<Record<string, number>> | null

/** What demo and playback write with `--json`. Days count from 1; null where there is none. */
export type SimulationResult = {
  readonly agent: string
  readonly days: number
  /** Day of the change; null where nothing changed. */
  readonly changeDay: number | null
  /** Verdict of the run that paged, else of the last day; null without a run. */
  readonly verdict: Verdict | null
  /** Day whose data raised the page. */
  readonly pageDay: number | null
  readonly onsetDay: number | null
  readonly onsetSet: readonly [first: number, last: number] | null
  readonly causes: readonly Cause[]
  readonly scores: Readonly<
    Record<string, { readonly baseline: ShownValue; readonly current: ShownValue; readonly evidence: number }>
  >
  readonly calls: number
  readonly seconds: number
}

export type SimulationFacts = {
  readonly agent: string
  readonly days: SimulatedDays
  readonly changeDay: number | null
  readonly verdicts: readonly VerdictRecord[]
  readonly calls: number
  readonly seconds: number
}

/** The first verdict whose page detector alarmed, else the last one. */
export function tellingVerdict(verdicts: readonly VerdictRecord[]): {
  verdict: VerdictRecord | undefined
  isPage: boolean
} {
  const page = verdicts.find(({ detectors }) =>
    detectors.some((detector) => detector.severity === 'page' && detector.alarm),
  )
  return page === undefined ? { verdict: verdicts.at(-1), isPage: false } : { verdict: page, isPage: true }
}

export function simulationResult(facts: SimulationFacts): SimulationResult {
  const { agent, days, changeDay, calls, seconds } = facts
  const { verdict, isPage } = tellingVerdict(facts.verdicts)
  // an onset without an alarm is only the least unlikely day, not a finding
  const onset = isPage ? (verdict?.onset ?? null) : null
  return {
    agent,
    days: days.count,
    changeDay,
    verdict: verdict?.verdict ?? null,
    pageDay: isPage && verdict !== undefined ? days.dayOf(verdict.windowStart) : null,
    onsetDay: onset === null ? null : days.dayOf(onset.at),
    onsetSet: onset === null ? null : [days.dayOf(onset.first), days.dayOf(onset.last)],
    causes: isPage ? (verdict?.causes ?? []) : [],
    scores: Object.fromEntries((verdict?.scores ?? []).map((score) => [score.name, shownScore(score)])),
    calls,
    seconds,
  }
}

function shownScore(score: ScoreReport): { baseline: ShownValue; current: ShownValue; evidence: number } {
  const shown = (window: ScoreWindow): ShownValue => (score.kind === 'categorical' ? window.shares : window.mean)
  return { baseline: shown(score.baseline), current: shown(score.current), evidence: score.evidence }
}
