import type { Selectable } from 'kysely'
import type { AnnouncedChange, CallContent, EventBatch, ExternalScore } from '../domain/signals.ts'
import { insertNew } from './insert-new.ts'
import type { StoreDatabase } from './open-store.ts'
import type { Window } from './telemetry.ts'
import type { Schema } from './schema.ts'
import { timeBound } from './time-bound.ts'
import { inTransaction } from './transaction.ts'

/** Stores scores and texts in one transaction; what is there already stays. Returns how many were new. */
export async function insertEvents(
  db: StoreDatabase,
  { scores, contents }: EventBatch,
  receivedAt: number,
): Promise<number> {
  return await inTransaction(db, async (transaction) => {
    const newScores = await insertNew(
      transaction,
      'external_score',
      scores.map((score) => scoreRow(score, receivedAt)),
    )
    return newScores + (await insertNew(transaction, 'call_content', contents.map(contentRow)))
  })
}

export async function insertAnnouncedChange(
  db: StoreDatabase,
  { by, ...change }: AnnouncedChange,
  receivedAt: number,
): Promise<boolean> {
  return (await insertNew(db, 'announced_change', [{ ...change, announced_by: by, received_at: receivedAt }])) === 1
}

/** Scores given inside the window, oldest first. */
export async function externalScoresIn(db: StoreDatabase, agent: string, window: Window): Promise<ExternalScore[]> {
  const rows = await db
    .selectFrom('external_score')
    .selectAll()
    .where('agent', '=', agent)
    .where('at', '>=', timeBound(window.from))
    .where('at', '<', timeBound(window.to))
    .orderBy('at')
    .orderBy('id')
    .execute()
  return rows.map(readScore)
}

/** The newest `limit` scores of one name given since a time, oldest first. */
export async function externalScoresNamed(
  db: StoreDatabase,
  agent: string,
  name: string,
  { since, limit }: { readonly since: number; readonly limit: number },
): Promise<ExternalScore[]> {
  const rows = await db
    .selectFrom('external_score')
    .selectAll()
    .where('agent', '=', agent)
    .where('at', '>=', timeBound(since))
    .where('name', '=', name)
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(readScore).toReversed()
}

/** Texts that came as log records inside the window. */
export async function contentsIn(db: StoreDatabase, agent: string, window: Window): Promise<CallContent[]> {
  const rows = await db
    .selectFrom('call_content')
    .selectAll()
    .where('agent', '=', agent)
    .where('at', '>=', timeBound(window.from))
    .where('at', '<', timeBound(window.to))
    .execute()
  return rows.map(({ trace_id, span_id, ...rest }) => ({ traceId: trace_id, spanId: span_id, ...rest }))
}

/** Changes told of an agent at or after a time, the newest `limit`, oldest first. */
export async function announcedChanges(
  db: StoreDatabase,
  agent: string,
  { since, limit }: { since: number; limit: number },
): Promise<AnnouncedChange[]> {
  const rows = await db
    .selectFrom('announced_change')
    .select(['id', 'agent', 'kind', 'value', 'at', 'announced_by', 'link'])
    .where('agent', '=', agent)
    .where('at', '>=', timeBound(since))
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ announced_by, ...rest }) => ({ ...rest, by: announced_by })).toReversed()
}

function readScore(row: Selectable<Schema['external_score']>): ExternalScore {
  return {
    id: row.id,
    agent: row.agent,
    name: row.name,
    version: row.version,
    source: row.source,
    value: row.value,
    label: row.label,
    selection: row.selection,
    lagMilliseconds: row.lag_milliseconds,
    traceId: row.trace_id,
    spanId: row.span_id,
    responseId: row.response_id,
    conversationId: row.conversation_id,
    at: row.at,
  }
}

function scoreRow(score: ExternalScore, receivedAt: number) {
  return {
    id: score.id,
    agent: score.agent,
    name: score.name,
    version: score.version,
    source: score.source,
    value: score.value,
    label: score.label,
    selection: score.selection,
    lag_milliseconds: score.lagMilliseconds,
    trace_id: score.traceId,
    span_id: score.spanId,
    response_id: score.responseId,
    conversation_id: score.conversationId,
    at: score.at,
    received_at: receivedAt,
  }
}

function contentRow({ traceId, spanId, agent, at, input, output }: CallContent) {
  return { trace_id: traceId, span_id: spanId, agent, at, input, output }
}
