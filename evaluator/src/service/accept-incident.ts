import type { AgentSettings } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'
import type { BaselineSummary, Incident } from '../domain/verdict.ts'
import { intervalMilliseconds } from '../schedule/cadence.ts'
import { currentBaseline } from '../store/baselines.ts'
import { incidentById } from '../store/incidents.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { verdictOf } from '../store/runs.ts'
import { RECOMMENDED_SAMPLES } from '../verdict/baseline-document.ts'
import type { FreezeRequest } from './freeze.ts'

/** An incident by its id. @throws {TidemarkError} `argument_invalid` */
export async function requireIncident(db: StoreDatabase, id: string): Promise<Incident> {
  const incident = await incidentById(db, id)
  if (incident !== undefined) return incident
  throw new TidemarkError(
    'argument_invalid',
    `There is no incident ${id}.`,
    'See the ids with "tidemark incident list".',
  )
}

/** What a variant does is no new normal of the agent. @throws {TidemarkError} `argument_invalid` */
export function requireOfControl(incident: Incident): Incident {
  if (incident.variant === undefined) return incident
  throw new TidemarkError(
    'argument_invalid',
    `Incident ${incident.id} is about the variant ${incident.variant}, and no baseline is made of a variant.`,
    'Resolve it as fixed or false_alarm; if the variant is to stay, promote it with "tidemark change announce --promote".',
  )
}

/**
 * The new behaviour is the new normal (STATISTICS §6.5): a new baseline version from the calls since the onset, which are
 * those that were set aside. It needs 200 of them; until then the incident stays as it is.
 * @throws {TidemarkError} `argument_invalid` where its state or a newer baseline leaves nothing to accept, `baseline_too_small`
 */
export async function acceptIncident(
  db: StoreDatabase,
  settings: AgentSettings,
  request: { readonly id: string; readonly by: string; readonly now: number },
  freeze: (request: FreezeRequest) => Promise<BaselineSummary>,
): Promise<{ readonly incident: Incident; readonly baseline: BaselineSummary }> {
  const seen = await requireIncident(db, request.id)
  const inForce = await currentBaseline(db, seen.agent)
  if ((seen.state !== 'open' && seen.state !== 'acknowledged') || inForce?.id !== seen.baseline)
    throw new TidemarkError(
      'argument_invalid',
      `Incident ${seen.id} is ${seen.state}, and was opened against baseline ${seen.baseline}; in force is ${inForce?.id ?? 'none'}.`,
      'Only an open or acknowledged incident against the baseline in force can be accepted: see "tidemark incident list".',
    )
  const first = await verdictOf(db, seen.agent, seen.onsetAt)
  const from = first?.windowStart ?? seen.onsetAt - intervalMilliseconds(settings.schedule.cadence)
  const baseline = await freeze({
    agent: seen.agent,
    from,
    to: request.now,
    replace: true,
    minimum: RECOMMENDED_SAMPLES,
    by: request.by,
  })
  return { incident: await requireIncident(db, seen.id), baseline }
}
