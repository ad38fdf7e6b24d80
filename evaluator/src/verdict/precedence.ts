import type { Verdict } from '@tidemark/instrumentation/semconv'
import type { SentinelReport } from '../domain/sentinel.ts'
import type { DetectorReport, JudgeReport } from '../domain/verdict.ts'

/** Fewer items in a slot say nothing. */
export const MINIMUM_ITEMS = 10
/** Evidence for a page from this part of its threshold on is worth a look. */
const WATCH_FROM = 0.1

/** What the verdict is decided from. */
export type Findings = {
  readonly hasBaseline: boolean
  readonly items: number
  readonly page: DetectorReport | null
  readonly ticket: DetectorReport | null
  /** Too many decisions go to people, or did and the incident is not resolved: a ticket like any other. */
  readonly escalationAlarm: boolean
  readonly inputMixChanged: boolean
  /** What the anchors say of the judges; null without anchors. */
  readonly judge: Pick<JudgeReport, 'changed' | 'agentChangedToo'> | null
  /** What the replays of frozen inputs say of the agent; null without replays. */
  readonly sentinel: Pick<SentinelReport, 'agentChanged' | 'agentChangedUnjudged'> | null
}

/** The first verdict that applies, in the order of the vocabulary. */
export function verdictOf({
  hasBaseline,
  items,
  page,
  ticket,
  escalationAlarm,
  inputMixChanged,
  judge,
  sentinel,
}: Findings): Verdict {
  if (!hasBaseline) return 'no_baseline'
  if (items < MINIMUM_ITEMS) return 'insufficient_data'
  // no judge explains where decisions go, nor what scores without one say of frozen inputs
  if (escalationAlarm || sentinel?.agentChangedUnjudged === true) return 'drift'
  if (judge?.changed === true) return judge.agentChangedToo ? 'drift' : 'judge_changed'
  if (sentinel?.agentChanged === true) return 'drift'
  if (page?.alarm === true || ticket?.alarm === true) return 'drift'
  if (page?.improved === true) return 'improved'
  if (inputMixChanged) return 'input_mix_changed'
  if (page !== null && page.evidence >= page.threshold * WATCH_FROM) return 'watch'
  return 'stable'
}
