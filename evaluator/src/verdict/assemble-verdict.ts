import type { AgentMode, Verdict } from '@tidemark/instrumentation/semconv'
import type { ExcludedWindow } from '../domain/excluded-window.ts'
import type {
  EscalationReport,
  Incident,
  JudgeAgreement,
  SegmentShare,
  UncomparedScore,
  VerdictRecord,
} from '../domain/verdict.ts'
import type { SentinelReport, SentinelVerdict } from '../domain/sentinel.ts'
import type { Sample } from '../scoring/sample.ts'
import type { ScoredCall } from '../scoring/scored-call.ts'
import type { BatchStatistics } from './batch-statistics.ts'
import { onsetOf, posteriorOf, rankCauses } from './causes.ts'
import { pickExamples, tellingTrait, traitInSegment } from './examples.ts'
import { judgeReport, judgeSentence } from './judge-guard.ts'
import { verdictOf } from './precedence.ts'
import { scoreReports } from './score-report.ts'
import { segmentFindings } from './segment-findings.ts'
import { sentinelVerdict } from './sentinel-finding.ts'
import { summarise } from './summary.ts'
import type { Watch, WatchState } from './watch.ts'

/** The slot a verdict speaks of, and who is asked about it. */
export type SlotFacts = {
  readonly agent: string
  readonly slotAt: number
  readonly windowStart: number
  readonly intervalMilliseconds: number
  readonly mode: AgentMode
  readonly evaluatedAt: number
  readonly durationSeconds: number
}

export type AssembleInput = {
  readonly slot: SlotFacts
  readonly sample: { readonly items: { readonly length: number }; readonly excluded: Sample['excluded'] }
  /** The sample's items with their scores. */
  readonly items: readonly ScoredCall[]
  readonly batch: BatchStatistics | null
  readonly watch: Watch
  readonly state: WatchState
  readonly baseline: { readonly id: string; readonly version: number }
  readonly baselineCalls: readonly ScoredCall[]
  readonly uncompared: readonly UncomparedScore[]
  readonly judgeAgreement: readonly JudgeAgreement[]
  /** The windows that leave nothing of the slot; empty where something of it counts. */
  readonly excludedBy: readonly ExcludedWindow[]
  /** Examples that were picked before; absent: they are picked from the items. */
  readonly examples?: VerdictRecord['examples']
  /** The newest run of replays against the same baseline; null where there is none. */
  readonly sentinel: SentinelReport | null
  readonly incident: Pick<Incident, 'id' | 'severity' | 'openedSlotAt'> | null
}

/** Segments listed by name; the rest is `other`. */
const SEGMENTS_SHOWN = 5

/** Puts a verdict together from what the watch knows after a slot. */
export function assembleVerdict(input: AssembleInput): VerdictRecord {
  const { slot, sample, batch, watch, state, incident } = input
  const page = state.page?.report ?? null
  const ticket = state.ticket?.report ?? null
  const moving = [state.page, state.ticket].find((after) => after?.report.alarm === true)
  const sentinel = sentinelVerdict(input.sentinel, { slotAt: slot.slotAt, onsetSlot: moving?.onsetSlot ?? null })
  const verdict = wordOf(state, sample.items.length, sentinel)
  const leading = state.page?.report.alarm === true || state.ticket?.report.alarm !== true ? state.page : state.ticket
  // without a change there is no day of it: the most likely one would still be a day
  const isSlow = leading === state.ticket && state.ticket?.isSlow === true
  const isMoving = page?.alarm === true || ticket?.alarm === true || verdict === 'improved' || verdict === 'watch'
  const hasMoved =
    page?.alarm === true || ticket?.alarm === true || (state.judge?.changed === true && state.judge.agentChangedToo)
  const onset = leading === null || !isMoving || isSlow ? null : onsetOf(leading, slot.intervalMilliseconds)
  const posterior = leading?.step == null || !isMoving || isSlow ? null : posteriorOf(leading)
  const causes = posterior === null ? [] : rankCauses(posterior, state.changes, slot.intervalMilliseconds)
  const scores = scoreReports(watch.baseline, batch, [
    { detector: watch.page, after: state.page },
    { detector: watch.ticket, after: state.ticket },
  ])
  const findings = segmentFindings(watch.baseline, batch, { detector: watch.ticket, after: state.ticket, scores })
  const segments = segmentShares(watch, batch)
  // a page is about all traffic; a ticket may be about one segment
  const isSegmental = findings.length > 0 && page?.alarm !== true
  return {
    ...plainFacts(slot),
    verdict,
    summary: summarise({
      verdict,
      items: sample.items.length,
      onset,
      causes,
      scores,
      segments,
      findings: isSegmental ? findings : [],
      attribution: state.attribution,
      slow: isSlow ? state.frozenComparisons.filter(({ opensTicket }) => opensTicket) : [],
      judge: state.judge === null ? null : judgeSentence(state.judge),
      escalation: state.escalation.alarm ? { ...state.escalation, isAlone: !hasMoved } : null,
      uncompared: input.uncompared,
      variants: state.variants.map(({ report }) => report),
      excludedBy: input.excludedBy,
      sentinel: sentinel === null ? null : { ...sentinel, isAlone: !hasMoved },
    }),
    baseline: input.baseline,
    samples: sample.items.length,
    excluded: sample.excluded,
    detectors: [page, ticket].filter((report) => report !== null),
    onset,
    ...(posterior === null ? {} : { onsetPosterior: posterior }),
    causes,
    scores,
    ...(input.uncompared.length === 0 ? {} : { uncompared: input.uncompared }),
    segments,
    segmentFindings: findings,
    attribution: state.attribution,
    frozenComparisons: state.frozenComparisons,
    ...(state.judge === null ? {} : { judge: judgeReport(state.judge) }),
    ...(input.judgeAgreement.length === 0 ? {} : { judgeAgreement: input.judgeAgreement }),
    ...(state.variants.length === 0 ? {} : { variants: state.variants.map(({ report }) => report) }),
    ...(sentinel === null ? {} : { sentinel }),
    changes: state.changes,
    escalation: escalationReport(state),
    examples:
      input.examples ??
      pickExamples(
        isSegmental ? traitInSegment(findings, watch.baseline.segments) : tellingTrait(scores),
        input.baselineCalls,
        input.items,
      ),
    incident:
      incident === null ? null : { id: incident.id, severity: incident.severity, openedSlotAt: incident.openedSlotAt },
  }
}

/** The verdict of an agent that has no baseline yet. */
export function verdictWithoutBaseline(slot: SlotFacts, sample: AssembleInput['sample']): VerdictRecord {
  const verdict = 'no_baseline'
  return {
    ...plainFacts(slot),
    verdict,
    summary: summarise({
      verdict,
      items: sample.items.length,
      onset: null,
      causes: [],
      scores: [],
      segments: [],
      findings: [],
      attribution: [],
      slow: [],
      sentinel: null,
      judge: null,
      escalation: null,
      uncompared: [],
      variants: [],
      excludedBy: [],
    }),
    baseline: null,
    samples: sample.items.length,
    excluded: sample.excluded,
    detectors: [],
    onset: null,
    causes: [],
    scores: [],
    segments: [],
    segmentFindings: [],
    attribution: [],
    frozenComparisons: [],
    changes: [],
    escalation: { share: null, decisions: 0, threshold: 0, evidence: {}, alarm: false },
    examples: { about: '', baseline: [], current: [] },
    incident: null,
  }
}

/** The verdict in a word, from what the watch knows after a slot of so many items. */
export function wordOf(state: WatchState, items: number, sentinel: SentinelVerdict | null): Verdict {
  return verdictOf({
    hasBaseline: true,
    items,
    page: state.page?.report ?? null,
    ticket: state.ticket?.report ?? null,
    escalationAlarm: state.escalation.alarm,
    inputMixChanged: state.inputMixChanged,
    judge: state.judge,
    sentinel,
  })
}

/** What a verdict carries of the escalations. */
export function escalationReport({ escalation }: WatchState): EscalationReport {
  const { alarmedNow: _alarmedNow, ...report } = escalation
  return report
}

function plainFacts(slot: SlotFacts): Omit<SlotFacts, 'intervalMilliseconds'> & { intervalSeconds: number } {
  const { intervalMilliseconds, ...facts } = slot
  return { ...facts, intervalSeconds: intervalMilliseconds / 1000 }
}

function segmentShares({ baseline }: Watch, batch: BatchStatistics | null): SegmentShare[] {
  const strata = batch?.strata ?? baseline.strata
  const then = total(baseline.itemsByStratum)
  const now = batch?.items ?? 0
  const shares = strata
    .map((segment, i) => ({
      segment,
      baseline: then === 0 ? 0 : (baseline.itemsByStratum[i] ?? 0) / then,
      current: now === 0 ? 0 : (batch?.itemsByStratum[i] ?? 0) / now,
    }))
    .toSorted((a, b) => Math.max(b.baseline, b.current) - Math.max(a.baseline, a.current))
  const rest = shares.slice(SEGMENTS_SHOWN)
  if (rest.length === 0) return shares
  return [
    ...shares.slice(0, SEGMENTS_SHOWN),
    {
      segment: 'other',
      baseline: total(rest.map((share) => share.baseline)),
      current: total(rest.map((share) => share.current)),
    },
  ]
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
