import type { Severity } from '@tidemark/instrumentation/semconv'
import type { Direction, JudgeReport, JudgeShift } from '../domain/verdict.ts'
import {
  adjustedEffect,
  frozenMeanDifference,
  frozenRateDifference,
  mergeMoments,
  momentsOf,
  NO_ITEMS,
  sampleVariance,
  type MeasuredDifference,
  type Moments,
} from '../statistics/index.ts'
import type { BaselineDocument } from './baseline-document.ts'
import type { ScoreStatistics } from './batch-statistics.ts'
import type { AnchorValue } from './frozen-anchors.ts'
import { createJudgeWatch, type JudgeWatch } from './judge-watch.ts'
import { poolStatistics } from './pooled-statistics.ts'
import type { RecentRun, RecentRuns } from './recent-runs.ts'
import { TOLERANCE } from './streams.ts'
import { createUnjudgedDetector } from './unjudged-detector.ts'
import type { DetectorIncident } from './watched-detector.ts'

/** False alarms a year of all judges together: a judge that moved is a ticket. */
const NOTICES_PER_YEAR = 12
/** Half the width of a 95 % interval, in standard errors. */
const ERRORS_SHOWN = 1.96

/** What the guard knows after a slot. */
export type JudgeState = JudgeReport & {
  /** This very slot found that a judge moved: a ticket, never a page (STATISTICS §6.4). */
  readonly alarmedNow: boolean
  /** Slot of the oldest alarm that is not resolved: with its ticket ends what the judge explains. */
  readonly alarmSlot: number | null
}

/** Says after every slot whether a judge moved, and whether the agent did as well. */
export type JudgeGuard = {
  /** Before a slot: a judge whose ticket was resolved is watched anew. */
  resume(slotAt: number, incidents: readonly DetectorIncident[]): void
  /**
   * @param pageOnset slot of the most likely change where the page detector has an alarm, else null: only a page is kept or not
   * @param recent the newest runs, this one included
   */
  run(slot: RecentRun | null, pageOnset: number | null, recent: Pick<RecentRuns, 'since'>): JudgeState
  /** After an incident of a detector was resolved: what needs no judge starts again as well. */
  restart(severity: Severity): void
}

/** Null for a baseline without anchors: nothing then watches its judges, if it has any. */
export function createJudgeGuard(baseline: BaselineDocument): JudgeGuard | null {
  const frozen = Object.entries(baseline.anchors ?? {})
  if (frozen.length === 0) return null
  const judges = frozen.map(([score, anchors]) =>
    createJudgeWatch(score, anchors, {
      runsPerYear: baseline.runsPerYear,
      notices: NOTICES_PER_YEAR / frozen.length,
      deviation: deviationOf(baseline, score),
    }),
  )
  const judged = frozen.map(([score]) => score)
  const unjudged = {
    page: createUnjudgedDetector(baseline, judged, 'page'),
    ticket: createUnjudgedDetector(baseline, judged, 'ticket'),
  }
  let wasPaging = false
  let kept = false
  return {
    resume(slotAt, incidents) {
      for (const judge of judges) judge.resume(slotAt, incidents)
    },
    run(slot, pageOnset, recent) {
      for (const judge of judges) judge.run(slot)
      unjudged.page.run(slot)
      unjudged.ticket.run(slot)
      const shifts = judges.map((judge) => {
        const from = pageOnset ?? (judge.changed ? judge.onsetSlot : null)
        return shiftOf(judge, baseline, from === null ? [] : recent.since(from))
      })
      const keeps = pageOnset !== null && shifts.some(({ keepsPage }) => keepsPage)
      // looking every day finds the one day that chance makes: after the page has fired, one day alone does not bring it back
      const isKept = keeps && (!wasPaging || kept)
      kept = keeps
      wasPaging = pageOnset !== null
      const alarms = judges.flatMap(({ alarmSlot }) => (alarmSlot === null ? [] : [alarmSlot]))
      return {
        changed: alarms.length > 0,
        agentChangedToo: unjudged.page.alarm || isKept,
        unjudgedEvidence: { page: unjudged.page.evidence, ticket: unjudged.ticket.evidence },
        shifts,
        alarmedNow: slot !== null && alarms.includes(slot.slotAt),
        alarmSlot: alarms.length === 0 ? null : Math.min(...alarms),
      }
    },
    restart: (severity) => unjudged[severity].restart(),
  }
}

/** What a verdict carries of the judges. */
export function judgeReport({ alarmedNow: _now, alarmSlot: _slot, ...report }: JudgeState): JudgeReport {
  return report
}

/** The judge's part of a verdict in a sentence; null where no judge moved. */
export function judgeSentence({ changed, agentChangedToo, shifts }: JudgeReport): string | null {
  if (!changed) return null
  const moved = shifts.filter((shift) => shift.changed)
  const said = moved.map(({ score, before, now }) => `${score} ${short(before)} → ${short(now)}`).join(', ')
  const whose = agentChangedToo ? 'The judge moved as well, and does not explain it' : 'The judge moved, not the agent'
  const left = moved.flatMap(({ score, adjusted }) =>
    adjusted === null ? [] : [`${score} by ${short(adjusted.difference)} ± ${short(ERRORS_SHOWN * adjusted.error)}`],
  )
  return [
    `${whose}: on frozen outputs it now says ${said}.`,
    ...(left.length === 0 ? [] : [`Without the judge's part production moved ${left.join(', ')}.`]),
  ].join(' ')
}

function shiftOf(judge: JudgeWatch, baseline: BaselineDocument, since: readonly RecentRun[]): JudgeShift {
  const { score, frozen, changed, evidence, threshold, onsetSlot } = judge
  const values = judge.since(since[0]?.slotAt ?? onsetSlot ?? -Infinity)
  const common = {
    score,
    frozenAnchors: new Set(frozen.values.map(({ anchor }) => anchor)).size,
    changed,
    evidence,
    threshold,
    sinceSlotAt: changed ? onsetSlot : null,
    before: meanOf(frozen.values),
    now: meanOf(values),
  }
  const production = measured(baseline.statistics[score], poolStatistics(since.map(({ batch }) => batch.scores[score])))
  const anchors = anchorDifference(frozen.values, values)
  if (production === null || anchors === null)
    return { ...common, production, anchors, adjusted: null, keepsPage: false }
  const { keepsPage, difference, error } = adjustedEffect(production, anchors, toleranceOf(baseline, score))
  return { ...common, production, anchors, adjusted: { difference, error }, keepsPage }
}

/** The difference from frozen to recent within strata, in the unit of the score. */
function measured(frozen: ScoreStatistics | undefined, recent: ScoreStatistics | undefined): MeasuredDifference | null {
  const found =
    frozen?.kind === 'binary' && recent?.kind === 'binary'
      ? frozenRateDifference(frozen.mean, recent.mean)
      : frozen?.kind === 'score' && recent?.kind === 'score'
        ? frozenMeanDifference(frozen.mean, recent.mean)
        : null
  return found === null ? null : { difference: found.difference, error: found.error }
}

/**
 * The mean of what each anchor moved by. Its error is that of anchors drawn from all inputs: judges differ more on some inputs than
 * on others, so that what the anchors moved by is not what all moved by. Null for fewer than two anchors.
 */
function anchorDifference(frozen: readonly AnchorValue[], now: readonly AnchorValue[]): MeasuredDifference | null {
  const before = momentsByAnchor(frozen)
  const differences = [...momentsByAnchor(now)].flatMap(([anchor, { mean }]) => {
    const own = before.get(anchor)
    return own === undefined ? [] : [mean - own.mean]
  })
  const moments = momentsOf(differences)
  const variance = sampleVariance(moments)
  return variance === undefined ? null : { difference: moments.mean, error: Math.sqrt(variance / moments.n) }
}

function momentsByAnchor(values: readonly AnchorValue[]): Map<number, Moments> {
  const groups = Map.groupBy(values, ({ anchor }) => anchor)
  const known = [...groups].map(
    ([anchor, own]) => [anchor, own.flatMap(({ value }) => (value === null ? [] : [value]))] as const,
  )
  return new Map(known.filter(([, own]) => own.length > 0).map(([anchor, own]) => [anchor, momentsOf(own)]))
}

const WORSE: Readonly<Record<Direction, -1 | 0 | 1>> = { 'higher-better': -1, 'lower-better': 1, none: 0 }

function toleranceOf(baseline: BaselineDocument, score: string): { tolerance: number; worse: -1 | 0 | 1 } {
  const direction = baseline.scores.find(({ name }) => name === score)?.direction ?? 'none'
  const isNumber = baseline.statistics[score]?.kind === 'score'
  return {
    worse: WORSE[direction],
    tolerance: isNumber ? TOLERANCE.score * deviationOf(baseline, score) : TOLERANCE.binary,
  }
}

/** Of the judged outputs of the baseline, in the unit of the score; 0 for a rate. */
function deviationOf(baseline: BaselineDocument, score: string): number {
  const statistics = baseline.statistics[score]
  return statistics?.kind === 'score' ? standardDeviation(statistics.mean) : 0
}

function standardDeviation(strata: readonly Moments[]): number {
  return Math.sqrt(sampleVariance(strata.reduce(mergeMoments, NO_ITEMS)) ?? 0)
}

function meanOf(values: readonly AnchorValue[]): number | null {
  const known = values.map(({ value }) => value).filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}

function short(value: number | null): string {
  return value === null ? 'nothing' : String(Number(value.toPrecision(3)))
}
