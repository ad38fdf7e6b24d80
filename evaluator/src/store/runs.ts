import type { ChangeEvent, VerdictRecord } from '../domain/verdict.ts'
import type { StoreDatabase } from './open-store.ts'
import { timeBound } from './time-bound.ts'

/** Longest value of a change that is kept. */
const VALUE_CHARACTERS = 500

/** What one run leaves behind. `statistics` is JSON text of the sufficient statistics; null: nothing entered the detector. */
export type StoredRun = {
  readonly agent: string
  readonly slotAt: number
  readonly baseline: string | null
  readonly statistics: string | null
  readonly verdict: VerdictRecord
}

export async function insertRun(db: StoreDatabase, run: StoredRun): Promise<void> {
  await db
    .insertInto('run')
    .values({
      agent: run.agent,
      slot_at: run.slotAt,
      baseline: run.baseline,
      items: run.verdict.samples,
      finished_at: run.verdict.evaluatedAt,
      statistics: run.statistics,
      verdict: JSON.stringify(run.verdict),
    })
    .execute()
}

/** Sufficient statistics of the runs against a baseline, oldest first, after `after` (exclusive). */
export async function statisticsOf(
  db: StoreDatabase,
  agent: string,
  baseline: string,
  after: number,
): Promise<{ slotAt: number; statistics: string | null }[]> {
  const rows = await db
    .selectFrom('run')
    .select(['slot_at', 'statistics'])
    .where('agent', '=', agent)
    .where('baseline', '=', baseline)
    .where('slot_at', '>', Math.max(Math.floor(after), Number.MIN_SAFE_INTEGER))
    .orderBy('slot_at')
    .execute()
  return rows.map((row) => ({ slotAt: row.slot_at, statistics: row.statistics }))
}

/** The verdict of a slot, or of the newest one. */
export async function verdictOf(db: StoreDatabase, agent: string, slotAt?: number): Promise<VerdictRecord | undefined> {
  let query = db.selectFrom('run').select('verdict').where('agent', '=', agent)
  if (slotAt !== undefined) query = query.where('slot_at', '=', slotAt)
  const row = await query.orderBy('slot_at', 'desc').limit(1).executeTakeFirst()
  return row === undefined ? undefined : readVerdict(row.verdict)
}

/** The runs against a baseline with what was published of each, oldest first. */
export async function runsOf(db: StoreDatabase, agent: string, baseline: string): Promise<StoredRun[]> {
  const rows = await db
    .selectFrom('run')
    .select(['slot_at', 'statistics', 'verdict'])
    .where('agent', '=', agent)
    .where('baseline', '=', baseline)
    .orderBy('slot_at')
    .execute()
  return rows.map((row) => ({
    agent,
    slotAt: row.slot_at,
    baseline,
    statistics: row.statistics,
    verdict: readVerdict(row.verdict),
  }))
}

/** Puts a run in the place of the one stored for its slot. */
export async function replaceRun(db: StoreDatabase, run: StoredRun): Promise<void> {
  await db
    .updateTable('run')
    .set({ items: run.verdict.samples, statistics: run.statistics, verdict: JSON.stringify(run.verdict) })
    .where('agent', '=', run.agent)
    .where('slot_at', '=', run.slotAt)
    .execute()
}

/** Forgets the changes that slots from a time on showed; they are found again when those slots are computed again. */
export async function deleteChanges(db: StoreDatabase, agent: string, from: number): Promise<void> {
  await db.deleteFrom('change_event').where('agent', '=', agent).where('slot_at', '>=', timeBound(from)).execute()
}

/** Puts a verdict in the place of the one stored for its slot. */
export async function replaceVerdict(db: StoreDatabase, verdict: VerdictRecord): Promise<void> {
  await db
    .updateTable('run')
    .set({ verdict: JSON.stringify(verdict) })
    .where('agent', '=', verdict.agent)
    .where('slot_at', '=', verdict.slotAt)
    .execute()
}

/** Verdicts of the newest `limit` slots, oldest first. */
export async function verdictsOf(db: StoreDatabase, agent: string, limit: number): Promise<VerdictRecord[]> {
  const rows = await db
    .selectFrom('run')
    .select('verdict')
    .where('agent', '=', agent)
    .orderBy('slot_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => readVerdict(row.verdict)).toReversed()
}

export async function insertChanges(db: StoreDatabase, agent: string, events: readonly ChangeEvent[]): Promise<void> {
  if (events.length === 0) return
  await db
    .insertInto('change_event')
    .values(
      events.map((event) => ({
        agent,
        kind: event.kind,
        // part of the key, and the keys of PostgreSQL are of a bounded length
        value: event.value.slice(0, VALUE_CHARACTERS),
        replaced: event.from,
        slot_at: event.slotAt,
        at: event.at,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Changes of an agent since a time, oldest first. */
export async function changesSince(db: StoreDatabase, agent: string, since: number): Promise<ChangeEvent[]> {
  const rows = await db
    .selectFrom('change_event')
    .selectAll()
    .where('agent', '=', agent)
    .where('slot_at', '>=', timeBound(since))
    .orderBy('slot_at')
    .orderBy('kind')
    .orderBy('value')
    .execute()
  return rows.map((row) => ({
    kind: row.kind,
    from: row.replaced,
    value: row.value,
    slotAt: row.slot_at,
    at: row.at,
  }))
}

/** The store holds only what {@link insertRun} wrote. */
function readVerdict(text: string): VerdictRecord {
  const verdict: VerdictRecord = JSON.parse(text)
  return verdict
}

/** Whether an agent has at least `runs` runs against any baseline with at least `items` items; reads no more than these. */
export async function hasInformativeRuns(
  db: StoreDatabase,
  agent: string,
  { runs, items }: { readonly runs: number; readonly items: number },
): Promise<boolean> {
  const rows = await db
    .selectFrom('run')
    .select('slot_at')
    .where('agent', '=', agent)
    .where('baseline', 'is not', null)
    .where('items', '>=', items)
    .orderBy('slot_at')
    .limit(runs)
    .execute()
  return rows.length === runs
}
