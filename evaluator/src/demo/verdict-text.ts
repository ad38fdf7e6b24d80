import type { ScoreReport, ScoreWindow, VerdictRecord } from '../domain/verdict.ts'
import type { SimulatedDays } from './simulated-days.ts'
import { tellingVerdict } from './simulation-result.ts'

/** The verdict for a person: page or not, when, since when, why, by how much. One line each. */
export function verdictLines(verdicts: readonly VerdictRecord[], days: SimulatedDays): string[] {
  const { verdict, isPage } = tellingVerdict(verdicts)
  if (verdict === undefined) return ['No run has taken place.']
  return [
    isPage
      ? `PAGE on ${dayText(verdict.windowStart, days)}: ${verdict.summary}`
      : `No page in ${days.count} days. Verdict of the last day: ${verdict.verdict}. ${verdict.summary}`,
    ...(isPage ? onsetLines(verdict, days) : []),
    ...verdict.detectors.map(
      ({ severity, evidence, threshold }) =>
        `  ${`${severity} evidence`.padEnd(16)} ${figure(evidence)}, alarm from ${figure(threshold)}`,
    ),
    '',
    ...scoreLines(verdict.scores),
  ]
}

/** `day 31 (2026-10-25)`. */
export function dayText(time: number, days: SimulatedDays): string {
  return `day ${days.dayOf(time)} (${new Date(time).toISOString().slice(0, 10)})`
}

/** Four significant digits at most, large numbers by their power of ten. */
export function figure(value: number): string {
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3)) return value.toExponential(1)
  return String(Number(value.toPrecision(Math.abs(value) >= 1000 ? 4 : 3)))
}

function onsetLines({ onset, causes }: VerdictRecord, days: SimulatedDays): string[] {
  const since =
    onset === null
      ? []
      : [
          `  since            ${dayText(onset.at, days)}; with 90 % certainty day ${days.dayOf(onset.first)}` +
            (onset.last === onset.first ? '' : ` to ${days.dayOf(onset.last)}`),
        ]
  const why = causes.map(
    ({ kind, change, probability }, index) =>
      `  ${(index === 0 ? 'why' : '').padEnd(16)} ${(probability * 100).toFixed(1)} % ${kind === 'none' ? 'no recorded event' : `${kind}: ${change}`}`,
  )
  return [...since, ...why]
}

function scoreLines(scores: readonly ScoreReport[]): string[] {
  return [row('score', 'baseline', 'current', 'evidence'), ...scores.flatMap(linesOfScore)]
}

function row(name: string, baseline: string, current: string, evidence: string): string {
  return `  ${name.padEnd(18)}${baseline.padStart(18)}${current.padStart(18)}${evidence.padStart(12)}`
}

function linesOfScore(score: ScoreReport): string[] {
  if (score.kind !== 'categorical')
    return [row(score.name, meanText(score, score.baseline), meanText(score, score.current), figure(score.evidence))]
  const names = new Set([score.baseline, score.current].flatMap(({ shares }) => presentIn(shares)))
  return [
    row(score.name, '', '', figure(score.evidence)),
    ...[...names].map((name) => row(`  ${name}`, shareText(score.baseline, name), shareText(score.current, name), '')),
  ]
}

function presentIn(shares: ScoreWindow['shares']): string[] {
  return Object.entries(shares ?? {})
    .filter(([, share]) => share > 0)
    .map(([name]) => name)
}

function meanText(score: ScoreReport, { mean }: ScoreWindow): string {
  if (mean === null) return '–'
  return score.kind === 'binary'
    ? `${(mean * 100).toFixed(1)} %`
    : `${figure(mean)}${score.unit === '' ? '' : ` ${score.unit}`}`
}

function shareText({ shares }: ScoreWindow, name: string): string {
  return `${((shares?.[name] ?? 0) * 100).toFixed(1)} %`
}
