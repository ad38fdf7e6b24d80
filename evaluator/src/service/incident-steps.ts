import type { IncidentState } from '@tidemark/instrumentation/semconv'
import { TidemarkError } from '../domain/errors.ts'
import type { Incident } from '../domain/verdict.ts'
import { incidentById, updateIncident } from '../store/incidents.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { newestSentinelSlots } from '../store/sentinel-runs.ts'
import { newestSlot } from '../store/slots.ts'
import { inTransaction } from '../store/transaction.ts'
import type { Webhooks } from './webhooks.ts'

export type IncidentAction = 'acknowledge' | 'fixed' | 'false_alarm'

/** Where each action leads, and from which states it may be taken. */
const STEPS: Record<IncidentAction, { readonly to: IncidentState; readonly from: readonly IncidentState[] }> = {
  acknowledge: { to: 'acknowledged', from: ['open'] },
  fixed: { to: 'fixed', from: ['open', 'acknowledged'] },
  false_alarm: { to: 'false_alarm', from: ['open', 'acknowledged'] },
}

/**
 * Takes an incident one step further. `fixed` and `false_alarm` let the detector go on after the newest slot
 * (STATISTICS §6.5); one that runs just now has read the incidents before, so that it counts as well.
 * @throws {TidemarkError} `argument_invalid`
 */
export async function stepIncident(
  db: StoreDatabase,
  request: { readonly id: string; readonly action: IncidentAction; readonly by: string; readonly now: number },
  webhooks: Pick<Webhooks, 'tell'>,
): Promise<Incident> {
  const seen = await incidentById(db, request.id)
  if (seen === undefined) throw notPossible(`There is no incident ${request.id}.`)
  const step = STEPS[request.action]
  if (!step.from.includes(seen.state))
    throw notPossible(
      `Incident ${seen.id} is ${seen.state}: ${request.action} is possible from ${step.from.join(' or ')}.`,
    )
  const resolvedSlotAt = step.to === 'acknowledged' ? null : await newestSlotOf(db, seen)
  const next = { state: step.to, changedAt: request.now, by: request.by, resolvedSlotAt }
  const incident = { ...seen, state: next.state, changedAt: next.changedAt, by: next.by }
  return await inTransaction(db, async (transaction) => {
    if (!(await updateIncident(transaction, seen, next)))
      throw notPossible(`Incident ${seen.id} was changed at the same time.`)
    await webhooks.tell(transaction, { event: 'incident.changed', incident }, request.now)
    return incident
  })
}

/** Each suite has slots of its own: its detector goes on after the newest of them. */
async function newestSlotOf(db: StoreDatabase, { agent, suite }: Incident): Promise<number | null> {
  return suite === 'sentinel' ? (await newestSentinelSlots(db, agent)).begun : await newestSlot(db, agent)
}

function notPossible(what: string): TidemarkError {
  return new TidemarkError(
    'argument_invalid',
    what,
    'See "tidemark incident list" or GET /api/incidents, and try again.',
  )
}
