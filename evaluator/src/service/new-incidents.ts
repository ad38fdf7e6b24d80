import { randomUUID } from 'node:crypto'
import type { Severity } from '@tidemark/instrumentation/semconv'
import type { Incident, JudgeReport } from '../domain/verdict.ts'
import type { WatchState } from '../verdict/watch.ts'

/** The incidents that a slot opens: of the agent itself, and one for each variant that became worse than control. */
export function newIncidents(
  state: WatchState,
  { agent, slotAt, baseline, now }: { agent: string; slotAt: number; baseline: string; now: number },
): Incident[] {
  const incident = (severity: Severity, onsetAt: number): Incident => ({
    id: randomUUID(),
    agent,
    severity,
    baseline,
    state: 'open',
    onsetAt,
    openedSlotAt: slotAt,
    openedAt: now,
    changedAt: now,
    by: null,
    suite: 'production',
  })
  const { page, ticket, judge, escalation } = state
  const faults = state.variants
    .filter(({ alarmedNow }) => alarmedNow)
    .map(({ report }) => ({ ...incident('page', report.sinceSlotAt ?? slotAt), variant: report.variant }))
  const pages = [...(state.pagesNow ? [incident('page', page?.onsetSlot ?? slotAt)] : []), ...faults]
  // one ticket a slot: it speaks of judges and escalations as well
  if (ticket?.alarmedNow === true) return [...pages, incident('ticket', ticket.onsetSlot ?? slotAt)]
  if (judge?.alarmedNow === true) return [...pages, incident('ticket', judgeOnset(judge) ?? slotAt)]
  return escalation.alarmedNow ? [...pages, incident('ticket', slotAt)] : pages
}

/** Slot since which the judge that moved last seems to be another. */
function judgeOnset({ shifts }: JudgeReport): number | null {
  return shifts.flatMap(({ sinceSlotAt }) => sinceSlotAt ?? []).toSorted((a, b) => b - a)[0] ?? null
}
