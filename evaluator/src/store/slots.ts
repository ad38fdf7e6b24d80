import { sql } from 'kysely'
import type { StoreDatabase } from './open-store.ts'

/** The right to run one slot, until the lease ends. `fence` grows with each holder. */
export type SlotClaim = { readonly agent: string; readonly slotAt: number; readonly fence: number }

/**
 * Claims a slot that nobody has, or whose holder let the lease run out. Null: someone else has it, or it is done.
 * Execution is at-least-once, its effect exactly once: see {@link finishSlot}.
 */
export async function claimSlot(
  db: StoreDatabase,
  slot: { agent: string; slotAt: number },
  holder: { owner: string; now: number; leaseMilliseconds: number },
): Promise<SlotClaim | null> {
  const leaseUntil = holder.now + holder.leaseMilliseconds
  const row = await db
    .insertInto('run_slot')
    .values({
      agent: slot.agent,
      slot_at: slot.slotAt,
      status: 'running',
      owner: holder.owner,
      lease_until: leaseUntil,
      fence: 1,
      attempts: 1,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['agent', 'slot_at'])
        .doUpdateSet((update) => ({
          owner: holder.owner,
          lease_until: leaseUntil,
          fence: update('run_slot.fence', '+', 1),
          attempts: update('run_slot.attempts', '+', 1),
        }))
        .where('run_slot.status', '=', 'running')
        .where('run_slot.lease_until', '<', holder.now),
    )
    .returning('fence')
    .executeTakeFirst()
  return row === undefined ? null : { ...slot, fence: row.fence }
}

/** Lengthens the lease of a holder whose work is not done. False: the slot went to someone else. */
export async function renewSlot(db: StoreDatabase, claim: SlotClaim, leaseUntil: number): Promise<boolean> {
  const result = await db
    .updateTable('run_slot')
    .set({ lease_until: leaseUntil })
    .where('agent', '=', claim.agent)
    .where('slot_at', '=', claim.slotAt)
    .where('fence', '=', claim.fence)
    .where('status', '=', 'running')
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/** The clock of PostgreSQL, epoch milliseconds: the one that machines which share a store have in common. */
export async function databaseTime(db: StoreDatabase): Promise<number> {
  const { rows } = await sql<{
    now: number
  }>`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(db)
  return rows[0]?.now ?? Number.NaN
}

/** Ends a slot, inside the transaction that writes its results. False: the lease was lost, roll everything back. */
export async function finishSlot(db: StoreDatabase, claim: SlotClaim): Promise<boolean> {
  const row = await db
    .updateTable('run_slot')
    .set({ status: 'done' })
    .where('agent', '=', claim.agent)
    .where('slot_at', '=', claim.slotAt)
    .where('fence', '=', claim.fence)
    .where('status', '=', 'running')
    .returning('fence')
    .executeTakeFirst()
  return row !== undefined
}

/** Gives a slot back, so that it can be claimed again at once after a failure. */
export async function releaseSlot(db: StoreDatabase, claim: SlotClaim): Promise<void> {
  await db
    .updateTable('run_slot')
    .set({ lease_until: 0 })
    .where('agent', '=', claim.agent)
    .where('slot_at', '=', claim.slotAt)
    .where('fence', '=', claim.fence)
    .where('status', '=', 'running')
    .execute()
}

/**
 * Ends the leases of holders that are known to be gone, so that their slots need not wait for the lease to run out.
 * @param isGone asked once for each owner that holds a slot
 */
export async function releaseSlotsOf(db: StoreDatabase, isGone: (owner: string) => boolean): Promise<void> {
  const held = await db
    .selectFrom('run_slot')
    .select('owner')
    .distinct()
    .where('status', '=', 'running')
    .where('lease_until', '>', 0)
    .execute()
  const gone = held.map(({ owner }) => owner).filter((owner) => isGone(owner))
  if (gone.length === 0) return
  await db
    .updateTable('run_slot')
    .set({ lease_until: 0 })
    .where('status', '=', 'running')
    .where('owner', 'in', gone)
    .execute()
}

/** Newest slot of an agent that anybody has begun, whether it is done or still runs. */
export async function newestSlot(db: StoreDatabase, agent: string): Promise<number | null> {
  const row = await db
    .selectFrom('run_slot')
    .select((select) => select.fn.max('slot_at').as('slot_at'))
    .where('agent', '=', agent)
    .executeTakeFirst()
  return row?.slot_at ?? null
}

/** Newest slot of an agent that is done. */
export async function newestDoneSlot(db: StoreDatabase, agent: string): Promise<number | null> {
  const row = await db
    .selectFrom('run_slot')
    .select((select) => select.fn.max('slot_at').as('slot_at'))
    .where('agent', '=', agent)
    .where('status', '=', 'done')
    .executeTakeFirst()
  return row?.slot_at ?? null
}
