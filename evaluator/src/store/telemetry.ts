import type { Insertable } from 'kysely'
import type { CallRecord, DecisionRecord, TelemetryBatch, ValidationRecord } from '../domain/records.ts'
import type { StoreDatabase } from './open-store.ts'
import type { Schema } from './schema.ts'

/** Rows of one insert: SQLite takes at most 32,766 values a statement. */
const ROWS_PER_INSERT = 400

/** A half-open window of time, epoch milliseconds: `from` belongs to it, `to` does not. */
export type Window = { readonly from: number; readonly to: number }

/**
 * Stores a batch in one transaction. A span that is already there stays as it was, so that a sender may repeat a request
 * whose answer it did not see. Returns how many spans of each agent were new.
 */
export async function insertTelemetry(
  db: StoreDatabase,
  batch: TelemetryBatch,
  receivedAt: number,
): Promise<Map<string, number>> {
  return await db.transaction().execute(async (transaction) => {
    const inserted = new Map<string, number>()
    for (const [agent, part] of batchesByAgent(batch)) {
      const calls = await insertIgnoring(
        transaction,
        'call_record',
        part.calls.map((call) => callRow(call, receivedAt)),
      )
      const validations = await insertIgnoring(transaction, 'validation_record', part.validations.map(validationRow))
      const decisions = await insertIgnoring(transaction, 'decision_record', part.decisions.map(decisionRow))
      inserted.set(agent, calls + validations + decisions)
      await touchAgent(transaction, agent, timesOf(part), calls)
    }
    return inserted
  })
}

/** Calls that started inside the window, oldest first. */
export async function callsIn(db: StoreDatabase, agent: string, window: Window): Promise<CallRecord[]> {
  const rows = await db
    .selectFrom('call_record')
    .selectAll()
    .where('agent', '=', agent)
    .where('started_at', '>=', window.from)
    .where('started_at', '<', window.to)
    .orderBy('started_at')
    .orderBy('span_id')
    .execute()
  return rows.map(callFromRow)
}

/** Validations inside the window, oldest first. */
export async function validationsIn(db: StoreDatabase, agent: string, window: Window): Promise<ValidationRecord[]> {
  const rows = await db
    .selectFrom('validation_record')
    .selectAll()
    .where('agent', '=', agent)
    .where('at', '>=', window.from)
    .where('at', '<', window.to)
    .orderBy('at')
    .orderBy('span_id')
    .execute()
  return rows.map((row) => ({
    traceId: row.trace_id,
    spanId: row.span_id,
    parentSpanId: row.parent_span_id,
    agent: row.agent,
    at: row.at,
    responseId: row.response_id,
    outcome: row.outcome,
    schemaName: row.schema_name,
    schemaHash: row.schema_hash,
    issues: readIssues(row.issues),
  }))
}

/** Decisions inside the window, oldest first. */
export async function decisionsIn(db: StoreDatabase, agent: string, window: Window): Promise<DecisionRecord[]> {
  const rows = await db
    .selectFrom('decision_record')
    .selectAll()
    .where('agent', '=', agent)
    .where('at', '>=', window.from)
    .where('at', '<', window.to)
    .orderBy('at')
    .orderBy('span_id')
    .execute()
  return rows.map((row) => ({
    traceId: row.trace_id,
    spanId: row.span_id,
    parentSpanId: row.parent_span_id,
    agent: row.agent,
    at: row.at,
    route: row.route,
    reason: row.reason,
    confidence: row.confidence,
    conversationId: row.conversation_id,
  }))
}

/** Which of these conversations had a call inside the window. */
export async function seenConversations(
  db: StoreDatabase,
  agent: string,
  conversations: readonly string[],
  window: Window,
): Promise<Set<string>> {
  const seen = new Set<string>()
  for (let start = 0; start < conversations.length; start += ROWS_PER_INSERT) {
    const rows = await db
      .selectFrom('call_record')
      .select('conversation_id')
      .distinct()
      .where('agent', '=', agent)
      .where('started_at', '>=', window.from)
      .where('started_at', '<', window.to)
      .where('conversation_id', 'in', conversations.slice(start, start + ROWS_PER_INSERT))
      .execute()
    for (const { conversation_id } of rows) if (conversation_id !== null) seen.add(conversation_id)
  }
  return seen
}

/** Removes telemetry older than `before`; baselines, runs and incidents stay. Returns the number of calls removed. */
export async function expireTelemetry(db: StoreDatabase, before: number): Promise<number> {
  return await db.transaction().execute(async (transaction) => {
    const calls = await transaction.deleteFrom('call_record').where('started_at', '<', before).executeTakeFirst()
    await transaction.deleteFrom('validation_record').where('at', '<', before).execute()
    await transaction.deleteFrom('decision_record').where('at', '<', before).execute()
    return Number(calls.numDeletedRows)
  })
}

function readIssues(text: string): string[] {
  const issues: string[] = JSON.parse(text)
  return issues
}

async function insertIgnoring<Table extends 'call_record' | 'validation_record' | 'decision_record'>(
  db: StoreDatabase,
  table: Table,
  rows: readonly Insertable<Schema[Table]>[],
): Promise<number> {
  let inserted = 0
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    const result = await db
      .insertInto(table)
      .values(rows.slice(start, start + ROWS_PER_INSERT))
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    inserted += Number(result.numInsertedOrUpdatedRows ?? 0n)
  }
  return inserted
}

function batchesByAgent({ calls, validations, decisions }: TelemetryBatch): Map<string, TelemetryBatch> {
  const callsOf = Map.groupBy(calls, ({ agent }) => agent)
  const validationsOf = Map.groupBy(validations, ({ agent }) => agent)
  const decisionsOf = Map.groupBy(decisions, ({ agent }) => agent)
  const agents = new Set([...callsOf.keys(), ...validationsOf.keys(), ...decisionsOf.keys()])
  const partOf = (agent: string): TelemetryBatch => ({
    calls: callsOf.get(agent) ?? [],
    validations: validationsOf.get(agent) ?? [],
    decisions: decisionsOf.get(agent) ?? [],
  })
  return new Map([...agents].map((agent) => [agent, partOf(agent)]))
}

function timesOf({ calls, validations, decisions }: TelemetryBatch): number[] {
  return [...calls.map(({ startedAt }) => startedAt), ...[...validations, ...decisions].map(({ at }) => at)]
}

async function touchAgent(db: StoreDatabase, agent: string, times: readonly number[], inserted: number): Promise<void> {
  const first = Math.min(...times)
  const last = Math.max(...times)
  await db
    .insertInto('agent')
    .values({ name: agent, first_seen_at: first, last_seen_at: last, calls: inserted })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((update) => ({
        first_seen_at: update
          .case()
          .when('agent.first_seen_at', '>', first)
          .then(first)
          .else(update.ref('agent.first_seen_at'))
          .end(),
        last_seen_at: update
          .case()
          .when('agent.last_seen_at', '<', last)
          .then(last)
          .else(update.ref('agent.last_seen_at'))
          .end(),
        calls: update('agent.calls', '+', inserted),
      })),
    )
    .execute()
}

function callRow(call: CallRecord, receivedAt: number): Insertable<Schema['call_record']> {
  return {
    trace_id: call.traceId,
    span_id: call.spanId,
    parent_span_id: call.parentSpanId,
    agent: call.agent,
    started_at: call.startedAt,
    received_at: receivedAt,
    latency_seconds: call.latencySeconds,
    error_type: call.errorType,
    operation: call.operation,
    provider: call.provider,
    request_model: call.requestModel,
    response_model: call.responseModel,
    response_id: call.responseId,
    system_fingerprint: call.systemFingerprint,
    finish_reason: call.finishReason,
    prompt_name: call.promptName,
    prompt_version: call.promptVersion,
    prompt_hash: call.promptHash,
    tools_hash: call.toolsHash,
    data_version: call.dataVersion,
    input_hash: call.inputHash,
    segment: call.segment,
    conversation_id: call.conversationId,
    user_hash: call.userHash,
    variant: call.variant,
    origin: call.origin,
    output_shape: call.outputShape,
    output_characters: call.outputCharacters,
    input_tokens: call.inputTokens,
    output_tokens: call.outputTokens,
    attempts: call.attempts,
    sampling_probability: call.samplingProbability,
    input: call.input,
    output: call.output,
  }
}

function callFromRow(row: Schema['call_record']): CallRecord {
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    parentSpanId: row.parent_span_id,
    agent: row.agent,
    startedAt: row.started_at,
    latencySeconds: row.latency_seconds,
    errorType: row.error_type,
    operation: row.operation,
    provider: row.provider,
    requestModel: row.request_model,
    responseModel: row.response_model,
    responseId: row.response_id,
    systemFingerprint: row.system_fingerprint,
    finishReason: row.finish_reason,
    promptName: row.prompt_name,
    promptVersion: row.prompt_version,
    promptHash: row.prompt_hash,
    toolsHash: row.tools_hash,
    dataVersion: row.data_version,
    inputHash: row.input_hash,
    segment: row.segment,
    conversationId: row.conversation_id,
    userHash: row.user_hash,
    variant: row.variant,
    origin: row.origin,
    outputShape: row.output_shape,
    outputCharacters: row.output_characters,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    attempts: row.attempts,
    samplingProbability: row.sampling_probability,
    input: row.input,
    output: row.output,
  }
}

function validationRow(record: ValidationRecord): Insertable<Schema['validation_record']> {
  return {
    trace_id: record.traceId,
    span_id: record.spanId,
    parent_span_id: record.parentSpanId,
    agent: record.agent,
    at: record.at,
    response_id: record.responseId,
    outcome: record.outcome,
    schema_name: record.schemaName,
    schema_hash: record.schemaHash,
    issues: JSON.stringify(record.issues),
  }
}

function decisionRow(record: DecisionRecord): Insertable<Schema['decision_record']> {
  return {
    trace_id: record.traceId,
    span_id: record.spanId,
    parent_span_id: record.parentSpanId,
    agent: record.agent,
    at: record.at,
    route: record.route,
    reason: record.reason,
    confidence: record.confidence,
    conversation_id: record.conversationId,
  }
}
