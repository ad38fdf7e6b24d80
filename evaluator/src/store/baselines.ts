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

function fromRow(row: Schema['baseline']): StoredBaseline {
  return {
    id: row.id,
    agent: row.agent,
    version: row.version,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    document: row.document,
  }
}
