import { TidemarkError } from '../domain/errors.ts'
import type { StoreDatabase } from './open-store.ts'
import type { Schema } from './schema.ts'

/** A frozen baseline; `document` is JSON text whose hash is the id, never edited. */
export type StoredBaseline = {
  readonly id: string
  readonly agent: string
  readonly version: number
  readonly createdAt: number
  readonly expiresAt: number
  readonly document: string
  /** Who let it expire before its time, and why. */
  readonly expired?: { readonly by: string; readonly why: string | null }
}

/**
 * Stores a baseline under the version it was made for.
 * @throws {TidemarkError} `baseline_exists` when another freeze took that version, or the same content is frozen already
 */
export async function insertBaseline(db: StoreDatabase, baseline: StoredBaseline): Promise<void> {
  const row = await db
    .insertInto('baseline')
    .values({
      id: baseline.id,
      agent: baseline.agent,
      version: baseline.version,
      created_at: baseline.createdAt,
      expires_at: baseline.expiresAt,
      document: baseline.document,
      expired_by: null,
      expired_why: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  if (row !== undefined) return
  throw new TidemarkError(
    'baseline_exists',
    `Baseline version ${baseline.version} of agent ${baseline.agent} was frozen at the same time by someone else.`,
    'Look at it with "tidemark baseline list", and freeze again with --replace if yours is the one you want.',
  )
}

/** The baseline in force: the newest version. */
export async function currentBaseline(db: StoreDatabase, agent: string): Promise<StoredBaseline | null> {
  const row = await db
    .selectFrom('baseline')
    .selectAll()
    .where('agent', '=', agent)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : fromRow(row)
}

/** All versions, oldest first. */
export async function baselinesOf(db: StoreDatabase, agent: string): Promise<StoredBaseline[]> {
  const rows = await db.selectFrom('baseline').selectAll().where('agent', '=', agent).orderBy('version').execute()
  return rows.map(fromRow)
}

/** Lets a version expire now; it goes on being compared with until another is frozen. */
export async function expireBaseline(
  db: StoreDatabase,
  id: string,
  { at, by, why }: { readonly at: number; readonly by: string; readonly why: string | null },
): Promise<void> {
  await db
    .updateTable('baseline')
    .set({ expires_at: at, expired_by: by, expired_why: why })
    .where('id', '=', id)
    .execute()
}

function fromRow(row: Schema['baseline']): StoredBaseline {
  return {
    id: row.id,
    agent: row.agent,
    version: row.version,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    document: row.document,
    ...(row.expired_by === null ? {} : { expired: { by: row.expired_by, why: row.expired_why } }),
  }
}
