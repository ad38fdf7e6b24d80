import { randomUUID } from 'node:crypto'
import type { AuditEntry } from '../domain/audit.ts'
import type { StoreDatabase } from './open-store.ts'

/** Keeps what somebody did. Nothing edits an entry; it goes with its age alone. */
export async function insertAuditEntry(db: StoreDatabase, entry: AuditEntry): Promise<void> {
  await db
    .insertInto('audit_entry')
    .values({ id: randomUUID(), ...entry })
    .execute()
}

/** Entries of one agent, or all, the newest first. */
export async function auditEntries(
  db: StoreDatabase,
  { agent, limit }: { readonly agent: string | undefined; readonly limit: number },
): Promise<AuditEntry[]> {
  const all = db.selectFrom('audit_entry').select(['at', 'who', 'action', 'agent', 'detail'])
  const some = agent === undefined ? all : all.where('agent', '=', agent)
  return await some.orderBy('at', 'desc').orderBy('id').limit(limit).execute()
}

/** Drops entries from before a time. */
export async function expireAudit(db: StoreDatabase, before: number): Promise<void> {
  await db.deleteFrom('audit_entry').where('at', '<', before).execute()
}
