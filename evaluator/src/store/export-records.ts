import type { CallRecord, DecisionRecord, ValidationRecord } from '../domain/records.ts'
import type { StoreDatabase } from './open-store.ts'
import { callsIn, decisionsIn, validationsIn, type Window } from './telemetry.ts'

const DAY = 86_400_000

/** A record with the name of its kind, as import and export files carry it. */
export type NamedRecord =
  | ({ readonly type: 'call' } & CallRecord)
  | ({ readonly type: 'validation' } & ValidationRecord)
  | ({ readonly type: 'decision' } & DecisionRecord)

/** The records of an agent inside a window, read a day at a time. */
export async function* recordsIn(db: StoreDatabase, agent: string, window: Window): AsyncGenerator<NamedRecord> {
  const seen = await db.selectFrom('agent').selectAll().where('name', '=', agent).executeTakeFirst()
  if (seen === undefined) return
  const end = Math.min(window.to, seen.last_seen_at + DAY)
  for (let from = Math.max(window.from, seen.first_seen_at); from < end; from += DAY) {
    const part = { from, to: Math.min(from + DAY, end) }
    for (const record of await callsIn(db, agent, part)) yield { type: 'call', ...record }
    for (const record of await validationsIn(db, agent, part)) yield { type: 'validation', ...record }
    for (const record of await decisionsIn(db, agent, part)) yield { type: 'decision', ...record }
  }
}
