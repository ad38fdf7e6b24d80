import { ATTRIBUTE, TIDEMARK } from '@tidemark/instrumentation/semconv'
import type { StoreDatabase } from './open-store.ts'

/** What the newest calls of an agent are made of. */
export type Traffic = {
  readonly calls: number
  /** Different values of the configured segment attributes together. */
  readonly strata: number
  readonly promptHashes: number
}

const NEWEST_CALLS = 2000

const COLUMN = {
  [ATTRIBUTE.operationName]: 'operation',
  [ATTRIBUTE.promptName]: 'prompt_name',
  [TIDEMARK.segment]: 'segment',
} as const

export async function trafficOf(
  db: StoreDatabase,
  agent: string,
  segments: readonly (keyof typeof COLUMN)[],
): Promise<Traffic> {
  const rows = await db
    .selectFrom('call_record')
    .select(['operation', 'prompt_name', 'segment', 'prompt_hash'])
    .where('agent', '=', agent)
    .orderBy('started_at', 'desc')
    .limit(NEWEST_CALLS)
    .execute()
  const hashes = rows.flatMap(({ prompt_hash }) => (prompt_hash === null ? [] : [prompt_hash]))
  return {
    calls: rows.length,
    strata: new Set(rows.map((row) => JSON.stringify(segments.map((attribute) => row[COLUMN[attribute]])))).size,
    promptHashes: new Set(hashes).size,
  }
}
