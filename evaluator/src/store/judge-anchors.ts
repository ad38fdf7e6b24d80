import type { StoreDatabase } from './open-store.ts'

/** The text of one anchor, as JSON, and the call it comes from. */
export type KeptAnchor = {
  readonly score: string
  /** Its index in the frozen baseline. */
  readonly anchor: number
  readonly traceId: string
  readonly spanId: string
  readonly parts: string
}

const ROWS_AT_ONCE = 500

export async function insertAnchors(
  db: StoreDatabase,
  { agent, baseline }: { readonly agent: string; readonly baseline: string },
  anchors: readonly KeptAnchor[],
): Promise<void> {
  for (let from = 0; from < anchors.length; from += ROWS_AT_ONCE)
    await db
      .insertInto('judge_anchor')
      .values(
        anchors.slice(from, from + ROWS_AT_ONCE).map(({ score, anchor, traceId, spanId, parts }) => ({
          baseline,
          score,
          anchor,
          agent,
          trace_id: traceId,
          span_id: spanId,
          parts,
        })),
      )
      .execute()
}

/** The anchors of a baseline whose text is still there, in the order of their indexes. */
export async function anchorsOf(db: StoreDatabase, baseline: string): Promise<KeptAnchor[]> {
  const rows = await db
    .selectFrom('judge_anchor')
    .selectAll()
    .where('baseline', '=', baseline)
    .orderBy('score')
    .orderBy('anchor')
    .execute()
  return rows.map(({ score, anchor, trace_id, span_id, parts }) => ({
    score,
    anchor,
    traceId: trace_id,
    spanId: span_id,
    parts,
  }))
}
