import type { ExcludedWindow } from '../domain/excluded-window.ts'
import type { StoreDatabase } from './open-store.ts'
import type { Schema } from './schema.ts'

/** Every window that was ever excluded, also those that count again, by their start. */
export async function excludedWindowsOf(db: StoreDatabase, agent: string): Promise<ExcludedWindow[]> {
  const rows = await db
    .selectFrom('excluded_window')
    .selectAll()
    .where('agent', '=', agent)
    .orderBy('from_at')
    .orderBy('id')
    .execute()
  return rows.map(fromRow)
}

export async function excludedWindowById(db: StoreDatabase, id: string): Promise<ExcludedWindow | undefined> {
  const row = await db.selectFrom('excluded_window').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** Stores a window, or that it counts again. */
export async function putExcludedWindow(db: StoreDatabase, window: ExcludedWindow): Promise<void> {
  const removal = {
    removed_at: window.removed?.at ?? null,
    removed_by: window.removed?.by ?? null,
    removed_why: window.removed?.why ?? null,
  }
  await db
    .insertInto('excluded_window')
    .values({
      id: window.id,
      agent: window.agent,
      from_at: window.from,
      to_at: window.to,
      reason: window.reason,
      note: window.note,
      excluded_at: window.excludedAt,
      excluded_by: window.excludedBy,
      ...removal,
    })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(removal))
    .execute()
}

/** Grows with everything that is excluded or counts again: what was computed at another revision is out of date. */
export function revisionOf(windows: readonly ExcludedWindow[]): number {
  return windows.length + windows.filter(({ removed }) => removed !== null).length
}

function fromRow(row: Schema['excluded_window']): ExcludedWindow {
  const { removed_at: at, removed_by: by } = row
  return {
    id: row.id,
    agent: row.agent,
    from: row.from_at,
    to: row.to_at,
    reason: row.reason,
    note: row.note,
    excludedAt: row.excluded_at,
    excludedBy: row.excluded_by,
    removed: at === null || by === null ? null : { at, by, why: row.removed_why },
  }
}
