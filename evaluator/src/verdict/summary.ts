import type { Verdict } from '@tidemark/instrumentation/semconv'
import type { ExcludedWindow } from '../domain/excluded-window.ts'
import type { SentinelVerdict } from '../domain/sentinel.ts'
import { movedScores } from '../domain/moved-scores.ts'
import { variantSentence } from './variant-sentence.ts'
import type {
  Attribution,
  Cause,
  EscalationReport,
  FrozenComparison,
  Onset,
  ScoreReport,
  SegmentFinding,
  SegmentShare,
  UncomparedScore,
  VariantReport,
} from '../domain/verdict.ts'
import { sentinelSentences } from './sentinel-finding.ts'

/** Scores named in the sentence. */
const SCORES_NAMED = 2

export type SummaryFacts = {
  readonly verdict: Verdict
  readonly items: number
  readonly onset: Onset | null
  readonly causes: readonly Cause[]
  readonly scores: readonly ScoreReport[]
  readonly segments: readonly SegmentShare[]
  /** Scores that moved in one segment alone. */
  readonly findings: readonly SegmentFinding[]
  readonly attribution: readonly Attribution[]
  /** Comparisons with the frozen baseline that opened a ticket. */
  readonly slow: readonly FrozenComparison[]
  /** What the anchors say of a judge that moved; null where none did. */
  readonly judge: string | null
  /** Where too many decisions go to people; `isAlone`: no score is in alarm. */
  readonly escalation: (Pick<EscalationReport, 'share' | 'decisions'> & { readonly isAlone: boolean }) | null
  readonly uncompared: readonly UncomparedScore[]
  readonly variants: readonly VariantReport[]
  /** The windows that leave nothing of the slot. */
  readonly excludedBy: readonly ExcludedWindow[]
  /** What the replays of frozen inputs say; `isAlone`: production is not in alarm. */
  readonly sentinel: (SentinelVerdict & { readonly isAlone: boolean }) | null
}

/** The verdict as a few sentences for a person who was woken by it. */
export function summarise(facts: SummaryFacts): string {
  return [
    verdictSentence(facts),
    ...(facts.sentinel === null ? [] : sentinelSentences(facts.sentinel)),
    ...facts.variants.flatMap((variant) => variantSentence(variant)),
    ...missingSentence(facts.scores),
    ...uncomparedSentence(facts.uncompared),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}

/** What a drift coincides with. */
export function causeSentence(causes: readonly Cause[]): string {
  const first = causes[0]
  if (first === undefined || first.kind === 'none') return 'No recorded event coincides with it.'
  return `It coincides with a change of ${first.kind}: ${first.change} (${percent(first.probability)}).`
}

function verdictSentence(facts: SummaryFacts): string {
  switch (facts.verdict) {
    case 'no_baseline':
      return 'There is no frozen baseline to compare with. Freeze one with "tidemark baseline freeze".'
    case 'insufficient_data':
      if (facts.excludedBy.length > 0) return skipped(facts.excludedBy)
      return `Only ${facts.items} calls in this slot: too few for a verdict.`
    case 'judge_changed':
      return facts.judge ?? 'The judge moved, not the agent.'
    case 'drift':
      return [
        ...(facts.escalation?.isAlone === true || isOfSentinelsAlone(facts) ? [] : [movement(facts)]),
        ...(facts.escalation === null ? [] : [escalated(facts.escalation)]),
        ...(facts.judge === null ? [] : [facts.judge]),
      ].join(' ')
    case 'improved':
      return `Better than the baseline ${since(facts.onset)}: ${moves(facts)}. A new baseline finds the next loss sooner.`
    case 'input_mix_changed':
      return `Only the mix of inputs changed: ${mixMove(facts)}. Within each segment the agent behaves as before.`
    case 'watch':
      return `Something may be moving ${since(facts.onset)}: ${moves(facts)}. Not enough evidence for a page.`
    case 'stable':
      return `The agent behaves like its baseline, on ${facts.items} calls.`
  }
}

function skipped(windows: readonly ExcludedWindow[]): string {
  const reasons = [...new Set(windows.map(({ reason, note }) => (note === null ? reason : `${reason}, ${note}`)))]
  return `Nothing was compared: all of this slot was taken out of the watch (${reasons.join('; ')}).`
}

/** Nothing moves in production but what frozen inputs tell. */
function isOfSentinelsAlone({ sentinel }: SummaryFacts): boolean {
  return sentinel !== null && sentinel.finding === 'agent_changed' && sentinel.isAlone
}

function movement(facts: SummaryFacts): string {
  if (facts.slow.length > 0) return slowDrift(facts.slow)
  return `Drift ${since(facts.onset)}: ${moves(facts)}. ${causeSentence(facts.causes)}`
}

/** The alarm stays until its incident is resolved, so that the share of this slot may be within the limit again. */
function escalated({ share, decisions }: Pick<EscalationReport, 'share' | 'decisions'>): string {
  const now = share === null ? 'no decisions' : `${percent(share)} of ${decisions}`
  return `More decisions went to people than the limit allows; in this slot ${now}.`
}

/** Scores that fail to be given bias all others: said whatever the verdict is. */
function missingSentence(scores: readonly ScoreReport[]): string[] {
  const rising = scores.flatMap(({ name, streams }) => {
    const missing = streams.find(({ stream }) => stream === 'missing')
    return missing !== undefined && missing.effect >= missing.tolerance && missing.evidence >= EVIDENCE_SAID
      ? [`${name} by ${percent(missing.effect)}`]
      : []
  })
  return rising.length === 0 ? [] : [`Scores are missing more often: ${rising.slice(0, SCORES_NAMED).join(', ')}.`]
}

/** Evidence from which a rising share of missing scores is said. */
const EVIDENCE_SAID = 30

function uncomparedSentence(uncompared: readonly UncomparedScore[]): string[] {
  const named = (reason: UncomparedScore['reason']): string[] =>
    uncompared.filter((one) => one.reason === reason).map(({ score }) => score)
  const other = named('other_version')
  const gone = named('not_configured')
  const fresh = named('not_in_baseline')
  return [
    ...(other.length === 0
      ? []
      : [`Not compared, since scored another way than in the baseline: ${other.join(', ')}.`]),
    ...(gone.length === 0 ? [] : [`No longer scored: ${gone.join(', ')}.`]),
    ...(fresh.length === 0 ? [] : [`Not watched before the next baseline: ${fresh.join(', ')}.`]),
  ]
}

function since(onset: Onset | null): string {
  if (onset === null) return 'of unknown onset'
  const day = dateOf(onset.at)
  return onset.first === onset.last
    ? `since ${day}`
    : `since ${day} (90 %: ${dateOf(onset.first)} to ${dateOf(onset.last)})`
}

function slowDrift(slow: readonly FrozenComparison[]): string {
  const named = slow.slice(0, SCORES_NAMED).map(({ score, category, kind, difference, low, high, level }) => {
    const number = (value: number): string => (kind === 'score' ? short(value) : short(value * 100))
    const unit = kind === 'score' ? 'baseline sd' : 'points'
    const name = category === null ? score : `${score} ${category}`
    return `${name} by ${number(difference)} ${unit} (${percent(level)}: ${number(low)} to ${number(high)})`
  })
  return `Slow drift: the last ${slow[0]?.runs} runs differ from the frozen baseline, ${named.join(', ')}. No day of it is known.`
}

/** The segment whose share moved most, and what the mix alone did to the score that it moved most. */
function mixMove({ segments, attribution }: SummaryFacts): string {
  const [furthest] = segments.toSorted((a, b) => Math.abs(b.current - b.baseline) - Math.abs(a.current - a.baseline))
  const rates = attribution.filter(({ kind, mix }) => kind === 'binary' && mix !== null)
  const [rate] = rates.toSorted((a, b) => Math.abs(b.mix ?? 0) - Math.abs(a.mix ?? 0))
  const share =
    furthest === undefined
      ? 'other inputs'
      : `${furthest.segment} ${percent(furthest.baseline)} → ${percent(furthest.current)}`
  return rate === undefined ? share : `${share}, which moves ${rate.score} by ${short((rate.mix ?? 0) * 100)} points`
}

/** The scores that moved, from then to now: over all traffic, or in the segments where they did. */
function moves({ scores, findings }: SummaryFacts): string {
  if (findings.length > 0)
    return findings
      .slice(0, SCORES_NAMED)
      .map((finding) => `in segment ${finding.segment} ${describeMove(finding)}`)
      .join(', ')
  const moved = movedScores(scores).slice(0, SCORES_NAMED)
  return moved.length === 0 ? 'no single score moved by more than its tolerance' : moved.map(describeMove).join(', ')
}

function describeMove({ name, kind, unit, baseline, current }: ScoreReport): string {
  if (kind === 'categorical') {
    const then = baseline.shares ?? {}
    const now = current.shares ?? {}
    const grown = Object.keys(now).toSorted((a, b) => move(b) - move(a))[0]
    if (grown === undefined) return name
    return `${name} ${grown} ${percent(then[grown] ?? 0)} → ${percent(now[grown] ?? 0)}`

    function move(category: string): number {
      return (now[category] ?? 0) - (then[category] ?? 0)
    }
  }
  if (baseline.mean === null || current.mean === null) return name
  if (kind === 'binary') return `${name} ${percent(baseline.mean)} → ${percent(current.mean)}`
  return `${name} ${short(baseline.mean)} → ${short(current.mean)} ${unit}`
}

function percent(share: number): string {
  const points = share * 100
  return `${points !== 0 && points < 9.95 ? points.toFixed(1) : points.toFixed(0)} %`
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
