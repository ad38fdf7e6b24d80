import type { ChangeKind } from '@tidemark/instrumentation/semconv'
import { insertNew } from './insert-new.ts'
import type { StoreDatabase } from './open-store.ts'

/** What is known of an announced change beside its event. */
export type PlannedChange = {
  /** That of the announced change. */
  readonly id: string
  readonly agent: string
  readonly kind: ChangeKind
  readonly value: string
  /** From then on, epoch milliseconds. */
  readonly at: number
  /** JSON text of the gate that it passed; null: announced without one. */
  readonly gate: string | null
  /** The variant that becomes control with it. */
  readonly promotes: string | null
}

/** Keeps what is known of an announced change; false where it was there already. */
export async function insertPlannedChange(
  db: StoreDatabase,
  change: PlannedChange,
  receivedAt: number,
): Promise<boolean> {
  return (await insertNew(db, 'planned_change', [{ ...change, received_at: receivedAt }])) === 1
}

/** Planned changes of an agent, oldest first. */
export async function plannedChanges(db: StoreDatabase, agent: string): Promise<PlannedChange[]> {
  return await db
    .selectFrom('planned_change')
    .select(['id', 'agent', 'kind', 'value', 'at', 'gate', 'promotes'])
    .where('agent', '=', agent)
    .orderBy('at')
    .orderBy('id')
    .execute()
}

/** The variants of an agent that have become control. */
export async function promotionsOf(
  db: StoreDatabase,
  agent: string,
): Promise<{ variant: string; kind: ChangeKind; value: string; at: number }[]> {
  return (await plannedChanges(db, agent)).flatMap(({ promotes, kind, value, at }) =>
    promotes === null ? [] : [{ variant: promotes, kind, value, at }],
  )
}
