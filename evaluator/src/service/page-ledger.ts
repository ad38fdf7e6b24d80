import type { AgentMode, IncidentState } from '@tidemark/instrumentation/semconv'
import type { Incident, PageLedger } from '../domain/verdict.ts'
import { incidentsOf } from '../store/incidents.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { verdictOf } from '../store/runs.ts'

const YEAR = 365 * 86_400_000

/** The agent's own pages of the last 365 days; those of its variants have a budget of their own. */
export function pagesOfYear<Kind extends Incident>(incidents: readonly Kind[], now: number): Kind[] {
  return incidents.filter(
    ({ severity, openedAt, variant }) => severity === 'page' && variant === undefined && openedAt > now - YEAR,
  )
}

/** Incidents by their state; every state has an entry. */
export function countByState(incidents: readonly Pick<Incident, 'state'>[]): Record<IncidentState, number> {
  const count = (state: IncidentState): number => incidents.filter((one) => one.state === state).length
  return {
    open: count('open'),
    acknowledged: count('acknowledged'),
    fixed: count('fixed'),
    accepted: count('accepted'),
    false_alarm: count('false_alarm'),
  }
}

/** Every page of a year and what became of it; what only the mode of its day kept from being sent stands apart. */
export async function pageLedger(
  db: StoreDatabase,
  agent: string,
  { falsePagesPerYear, now }: { readonly falsePagesPerYear: number | null; readonly now: number },
): Promise<PageLedger> {
  const pages = pagesOfYear(await incidentsOf(db, agent), now)
  const modes = new Map<string, AgentMode | undefined>()
  for (const { id, openedSlotAt } of pages) modes.set(id, (await verdictOf(db, agent, openedSlotAt))?.mode)
  const wasSent = ({ id }: Incident): boolean => modes.get(id) === 'live'
  return {
    agent,
    since: now - YEAR,
    falsePagesPerYear,
    pages: countByState(pages.filter(wasSent)),
    wouldBePages: countByState(pages.filter((page) => !wasSent(page))),
  }
}
