import type { IncidentState } from '@tidemark/instrumentation/semconv'
import type { Incident } from '../domain/verdict.ts'
import type { StoreDatabase } from './open-store.ts'
import type { Schema } from './schema.ts'

/** An incident with what the detector needs to go on after it. */
export type StoredIncident = Incident & {
  /** Newest slot evaluated when it was resolved; null while it is open or acknowledged. */
  readonly resolvedSlotAt: number | null
}

export async function insertIncident(db: StoreDatabase, incident: Incident): Promise<void> {
  await db
    .insertInto('incident')
    .values({
      id: incident.id,
      agent: incident.agent,
      severity: incident.severity,
      baseline: incident.baseline,
      state: incident.state,
      onset_at: incident.onsetAt,
      opened_slot_at: incident.openedSlotAt,
      opened_at: incident.openedAt,
      changed_at: incident.changedAt,
      resolved_slot_at: null,
      changed_by: incident.by,
      suite: incident.suite,
      variant: incident.variant ?? null,
    })
    .execute()
}

/** Incidents of one agent, or of all, oldest first. */
export async function incidentsOf(db: StoreDatabase, agent?: string): Promise<StoredIncident[]> {
  let query = db.selectFrom('incident').selectAll()
  if (agent !== undefined) query = query.where('agent', '=', agent)
  const rows = await query.orderBy('opened_slot_at').orderBy('severity').execute()
  return rows.map(fromRow)
}

export async function incidentById(db: StoreDatabase, id: string): Promise<StoredIncident | undefined> {
  const row = await db.selectFrom('incident').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** Moves an incident on, only from the state the caller saw. False: someone else was faster. */
export async function updateIncident(
  db: StoreDatabase,
  seen: StoredIncident,
  next: { state: IncidentState; changedAt: number; by: string; resolvedSlotAt: number | null },
): Promise<boolean> {
  const result = await db
    .updateTable('incident')
    .set({
      state: next.state,
      changed_at: next.changedAt,
      changed_by: next.by,
      resolved_slot_at: next.resolvedSlotAt,
    })
    .where('id', '=', seen.id)
    .where('state', '=', seen.state)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** The alarm that an incident speaks of lies in another slot, since the slots were computed again. */
export async function moveIncident(
  db: StoreDatabase,
  { id, openedSlotAt, onsetAt }: Pick<Incident, 'id' | 'openedSlotAt' | 'onsetAt'>,
): Promise<void> {
  await db
    .updateTable('incident')
    .set({ opened_slot_at: openedSlotAt, onset_at: onsetAt })
    .where('id', '=', id)
    .execute()
}

/** Ends what is unresolved against one baseline, because its successor was accepted as the new normal. */
export async function acceptIncidents(
  db: StoreDatabase,
  baseline: string,
  { at, resolvedSlotAt, by }: { at: number; resolvedSlotAt: number | null; by: string | null },
): Promise<StoredIncident[]> {
  const rows = await db
    .updateTable('incident')
    .set({
      state: 'accepted',
      changed_at: at,
      resolved_slot_at: resolvedSlotAt,
      // who took it stays where nobody is named
      ...(by === null ? {} : { changed_by: by }),
    })
    .where('baseline', '=', baseline)
    .where('state', 'in', ['open', 'acknowledged'])
    .returningAll()
    .execute()
  return rows.map(fromRow)
}

function fromRow(row: Schema['incident']): StoredIncident {
  return {
    id: row.id,
    agent: row.agent,
    severity: row.severity,
    baseline: row.baseline,
    state: row.state,
    onsetAt: row.onset_at,
    openedSlotAt: row.opened_slot_at,
    openedAt: row.opened_at,
    changedAt: row.changed_at,
    resolvedSlotAt: row.resolved_slot_at,
    by: row.changed_by,
    suite: row.suite,
    ...(row.variant === null ? {} : { variant: row.variant }),
  }
}
