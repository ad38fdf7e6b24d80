import type { StoreDatabase } from './open-store.ts'
import type { SlotClaim } from './slots.ts'

/** What a run of sentinels left. Both are JSON text; `replays` is all that its evidence is made of. */
export type StoredSentinelRun = { readonly slotAt: number; readonly replays: string; readonly report: string }

/** One question of a run that is not done. `outcome` is JSON text, null while it was asked and not answered. */
export type SentinelQuestion = { readonly input: string; readonly outcome: string | null }

/** Claims a run that nobody has, or whose holder let the lease run out; as slots are claimed. Null: taken, or done. */
export async function claimSentinelRun(
  db: StoreDatabase,
  slot: { agent: string; slotAt: number },
  { owner, now, leaseMilliseconds }: { owner: string; now: number; leaseMilliseconds: number },
): Promise<SlotClaim | null> {
  const holder = { owner, lease_until: now + leaseMilliseconds }
  const row = await db
    .insertInto('sentinel_run')
    .values({ agent: slot.agent, slot_at: slot.slotAt, status: 'running', ...holder, fence: 1, attempts: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['agent', 'slot_at'])
        .doUpdateSet((update) => ({
          ...holder,
          fence: update('sentinel_run.fence', '+', 1),
          attempts: update('sentinel_run.attempts', '+', 1),
        }))
        .where('sentinel_run.status', '=', 'running')
        .where('sentinel_run.lease_until', '<', now),
    )
    .returning('fence')
    .executeTakeFirst()
  return row === undefined ? null : { ...slot, fence: row.fence }
}

/** Sets the end of a lease; 0 gives the run back. False: it went to someone else. */
export async function renewSentinelRun(db: StoreDatabase, claim: SlotClaim, leaseUntil: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('sentinel_run')
    .set({ lease_until: leaseUntil })
    .where('agent', '=', claim.agent)
    .where('slot_at', '=', claim.slotAt)
    .where('fence', '=', claim.fence)
    .where('status', '=', 'running')
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Ends a run inside the transaction that writes its incidents; its questions go. False: the lease was lost, roll back. */
export async function finishSentinelRun(
  db: StoreDatabase,
  claim: SlotClaim,
  result: { readonly baseline: string; readonly replays: string; readonly report: string },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('sentinel_run')
    .set({ status: 'done', ...result })
    .where('agent', '=', claim.agent)
    .where('slot_at', '=', claim.slotAt)
    .where('fence', '=', claim.fence)
    .where('status', '=', 'running')
    .executeTakeFirst()
  await db
    .deleteFrom('sentinel_question')
    .where('agent', '=', claim.agent)
    .where('slot_at', '<=', claim.slotAt)
    .execute()
  return numUpdatedRows === 1n
}

/** What a run that is done says, since windows are excluded or count again. */
export async function replaceSentinelReport(
  db: StoreDatabase,
  agent: string,
  { slotAt, report }: Pick<StoredSentinelRun, 'slotAt' | 'report'>,
): Promise<void> {
  await db
    .updateTable('sentinel_run')
    .set({ report })
    .where('agent', '=', agent)
    .where('slot_at', '=', slotAt)
    .where('status', '=', 'done')
    .execute()
}

/** Ends the leases of holders that are known to be gone. @param isGone asked once for each owner */
export async function releaseSentinelRunsOf(db: StoreDatabase, isGone: (owner: string) => boolean): Promise<void> {
  const held = await db
    .selectFrom('sentinel_run')
    .select('owner')
    .distinct()
    .where('status', '=', 'running')
    .where('lease_until', '>', 0)
    .execute()
  const gone = held.map(({ owner }) => owner).filter((owner) => isGone(owner))
  if (gone.length === 0) return
  await db
    .updateTable('sentinel_run')
    .set({ lease_until: 0 })
    .where('status', '=', 'running')
    .where('owner', 'in', gone)
    .execute()
}

/** Runs against a baseline that are done, oldest first, up to a slot. */
export async function sentinelRunsOf(
  db: StoreDatabase,
  agent: string,
  { baseline, until }: { readonly baseline: string; readonly until: number },
): Promise<StoredSentinelRun[]> {
  const rows = await db
    .selectFrom('sentinel_run')
    .select(['slot_at', 'replays', 'report'])
    .where('agent', '=', agent)
    .where('baseline', '=', baseline)
    .where('status', '=', 'done')
    .where('slot_at', '<=', Math.min(until, Number.MAX_SAFE_INTEGER))
    .orderBy('slot_at')
    .execute()
  return rows.map(({ slot_at, replays, report }) => ({
    slotAt: slot_at,
    replays: replays ?? '[]',
    report: report ?? 'null',
  }))
}

/** The newest run against a baseline that is done. */
export async function newestSentinelRun(
  db: StoreDatabase,
  agent: string,
  baseline: string,
): Promise<StoredSentinelRun | undefined> {
  const row = await db
    .selectFrom('sentinel_run')
    .select(['slot_at', 'replays', 'report'])
    .where('agent', '=', agent)
    .where('baseline', '=', baseline)
    .where('status', '=', 'done')
    .orderBy('slot_at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined
    ? undefined
    : { slotAt: row.slot_at, replays: row.replays ?? '[]', report: row.report ?? 'null' }
}

/** The newest slot that somebody began, and the newest that is done. */
export async function newestSentinelSlots(
  db: StoreDatabase,
  agent: string,
): Promise<{ begun: number | null; done: number | null }> {
  const newest = async (isDone: boolean): Promise<number | null> => {
    let query = db
      .selectFrom('sentinel_run')
      .select((select) => select.fn.max('slot_at').as('slot_at'))
      .where('agent', '=', agent)
    if (isDone) query = query.where('status', '=', 'done')
    return (await query.executeTakeFirst())?.slot_at ?? null
  }
  return { begun: await newest(false), done: await newest(true) }
}

export async function sentinelQuestions(
  db: StoreDatabase,
  { agent, slotAt }: { agent: string; slotAt: number },
): Promise<SentinelQuestion[]> {
  return await db
    .selectFrom('sentinel_question')
    .select(['input', 'outcome'])
    .where('agent', '=', agent)
    .where('slot_at', '=', slotAt)
    .execute()
}

/** The intent to ask, before the call is made. False: somebody had it before. */
export async function beginQuestion(
  db: StoreDatabase,
  { agent, slotAt }: { agent: string; slotAt: number },
  input: string,
  now: number,
): Promise<boolean> {
  const row = await db
    .insertInto('sentinel_question')
    .values({ agent, slot_at: slotAt, input, asked_at: now, outcome: null })
    .onConflict((conflict) => conflict.doNothing())
    .returning('input')
    .executeTakeFirst()
  return row !== undefined
}

export async function answerQuestion(
  db: StoreDatabase,
  { agent, slotAt }: { agent: string; slotAt: number },
  input: string,
  outcome: string,
): Promise<void> {
  await db
    .updateTable('sentinel_question')
    .set({ outcome })
    .where('agent', '=', agent)
    .where('slot_at', '=', slotAt)
    .where('input', '=', input)
    .execute()
}
