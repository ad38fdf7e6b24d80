import { setImmediate } from 'node:timers/promises'
import { sql, type Selectable } from 'kysely'
import type { CallRecord, DecisionRecord, ValidationRecord } from '../domain/records.ts'
import type { StoreDatabase } from './open-store.ts'
import type { Schema } from './schema.ts'
import { storableText } from './storable-text.ts'
import { callFromRow, decisionFromRow, validationFromRow } from './telemetry-rows.ts'
import { timeBound } from './time-bound.ts'

/** Keeps a statement below the parameters that SQLite takes. */
const NAMES_PER_QUERY = 400
const INDEXED_CHARACTERS = 64
/** Rows of one statement: some hundredths of a second. */
const ROWS_PER_PAGE = 2000

/** A half-open window of time, epoch milliseconds: `from` belongs to it, `to` does not. */
export type Window = { readonly from: number; readonly to: number }

/** Calls that started inside the window, oldest first. */
export async function callsIn(db: StoreDatabase, agent: string, window: Window): Promise<CallRecord[]> {
  const rows = await rowsIn(db, 'call_record', 'started_at', { agent, window })
  return rows.map(callFromRow)
}

/** Validations inside the window, oldest first. */
export async function validationsIn(db: StoreDatabase, agent: string, window: Window): Promise<ValidationRecord[]> {
  const rows = await rowsIn(db, 'validation_record', 'at', { agent, window })
  return rows.map(validationFromRow)
}

/** Decisions inside the window, oldest first. */
export async function decisionsIn(db: StoreDatabase, agent: string, window: Window): Promise<DecisionRecord[]> {
  const rows = await rowsIn(db, 'decision_record', 'at', { agent, window })
  return rows.map(decisionFromRow)
}

/** Which of these conversations had a call inside the window. */
export async function seenConversations(
  db: StoreDatabase,
  agent: string,
  conversations: readonly string[],
  window: Window,
): Promise<Set<string>> {
  const seen = new Set<string>()
  for (let start = 0; start < conversations.length; start += NAMES_PER_QUERY) {
    const some = conversations.slice(start, start + NAMES_PER_QUERY)
    const rows = await db
      .selectFrom('call_record')
      .select('conversation_id')
      .distinct()
      .where('agent', '=', agent)
      .where('started_at', '>=', timeBound(window.from))
      .where('started_at', '<', timeBound(window.to))
      .where(sql`substr(conversation_id, 1, 64)`, 'in', [...new Set(some.map(beginning))])
      .where('conversation_id', 'in', some)
      .execute()
    for (const { conversation_id } of rows) if (conversation_id !== null) seen.add(conversation_id)
  }
  return seen
}

/** By what others may name a call. */
export type CallNames = Pick<CallRecord, 'traceId' | 'spanId' | 'responseId' | 'conversationId'>

/** The calls of an agent in these traces, as far as their names go. */
export async function callReferences(
  db: StoreDatabase,
  agent: string,
  traces: readonly string[],
): Promise<CallNames[]> {
  const distinct = [...new Set(traces)]
  const calls: CallNames[] = []
  for (let start = 0; start < distinct.length; start += NAMES_PER_QUERY) {
    const rows = await db
      .selectFrom('call_record')
      .select(['trace_id', 'span_id', 'response_id', 'conversation_id'])
      .where('trace_id', 'in', distinct.slice(start, start + NAMES_PER_QUERY))
      .where('agent', '=', agent)
      .execute()
    for (const { trace_id, span_id, response_id, conversation_id } of rows)
      calls.push({ traceId: trace_id, spanId: span_id, responseId: response_id, conversationId: conversation_id })
  }
  return calls
}

/** As much of a conversation's name as the index `call_record_by_conversation` holds, in the characters of databases. */
function beginning(conversation: string): string {
  return Array.from(storableText(conversation).slice(0, 2 * INDEXED_CHARACTERS))
    .slice(0, INDEXED_CHARACTERS)
    .join('')
}

/** Rows of an agent inside the window, by time, then by span; a page at a time, so that others have their turn between. */
async function rowsIn<Table extends 'call_record' | 'validation_record' | 'decision_record'>(
  db: StoreDatabase,
  table: Table,
  time: 'started_at' | 'at',
  { agent, window }: { agent: string; window: Window },
): Promise<Selectable<Schema[Table]>[]> {
  const key = sql`${sql.ref(time)}, span_id, trace_id`
  const pages: Selectable<Schema[Table]>[][] = []
  let from = timeBound(window.from)
  let rest = sql``
  for (;;) {
    const { rows } = await sql<Selectable<Schema[Table]>>`
      select * from ${sql.table(table)}
      where agent = ${agent} and ${sql.ref(time)} >= ${from} and ${sql.ref(time)} < ${timeBound(window.to)} ${rest}
      order by ${key} limit ${sql.lit(ROWS_PER_PAGE)}`.execute(db)
    pages.push(rows)
    const last: Readonly<Record<string, unknown>> | undefined = rows.at(-1)
    if (last === undefined || rows.length < ROWS_PER_PAGE) return pages.flat()
    from = Number(last[time])
    rest = sql`and (${key}) > (${from}, ${last['span_id']}, ${last['trace_id']})`
    await setImmediate()
  }
}
