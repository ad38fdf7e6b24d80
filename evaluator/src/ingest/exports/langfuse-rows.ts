import { ATTRIBUTE } from '@tidemark/instrumentation/semconv'
import { createHash } from 'node:crypto'
import type { ExternalScore } from '../../domain/signals.ts'
import type { DecodedSpan } from '../decoded-traces.ts'
import { isObject, type JsonObject } from '../json-object.ts'
import { attributesOf, contentField, fieldOf, hexIdOf, numberField, textField, timeField } from './export-row.ts'

/** What one row of an export holds. */
export type ExportedRow = { readonly spans: readonly DecodedSpan[]; readonly scores: readonly ExternalScore[] }

/** Rows of an answer of the API (`data`), a trace with its observations and scores, or the row itself. */
export function langfuseRow(row: JsonObject, agent: string): ExportedRow {
  const inner = [row['data'], row['observations'], row['scores']].filter(Array.isArray).flat().filter(isObject)
  if (inner.length > 0) {
    // an observation does not repeat the session of its trace
    const session = textField(row, 'sessionId', 'session_id')
    const rows = inner.map((entry) =>
      langfuseRow(session === undefined ? entry : { sessionId: session, ...entry }, agent),
    )
    return { spans: rows.flatMap(({ spans }) => spans), scores: rows.flatMap(({ scores }) => scores) }
  }
  if (isScore(row)) return { spans: [], scores: scoreOf(row, agent) }
  return { spans: isObservation(row) ? [spanOf(row, agent)] : [], scores: [] }
}

export function isLangfuse(row: JsonObject): boolean {
  if (
    [row['data'], row['observations']].some(
      (list) => Array.isArray(list) && list.some((entry) => isObject(entry) && isLangfuse(entry)),
    )
  )
    return true
  return (
    textField(row, 'traceId', 'trace_id') !== undefined &&
    textField(row, 'id') !== undefined &&
    (isObservation(row) || isScore(row))
  )
}

function isObservation(row: JsonObject): boolean {
  return fieldOf(row, 'startTime', 'start_time') !== undefined
}

function isScore(row: JsonObject): boolean {
  return fieldOf(row, 'dataType', 'data_type') !== undefined && textField(row, 'name') !== undefined
}

/** The same attributes that Langfuse's own exporter writes, so that both are read by one table. */
function spanOf(row: JsonObject, agent: string): DecodedSpan {
  const start = timeField(row, 'startTime', 'start_time')
  const latency = numberField(row, 'latency')
  const end = timeField(row, 'endTime', 'end_time') ?? (start ?? 0n) + BigInt(Math.round((latency ?? 0) * 1e9))
  return {
    traceId: hexIdOf(textField(row, 'traceId', 'trace_id'), 32),
    spanId: hexIdOf(textField(row, 'id'), 16),
    parentSpanId: hexIdOf(textField(row, 'parentObservationId', 'parent_observation_id'), 16),
    name: textField(row, 'name') ?? '',
    startNanoseconds: start ?? 0n,
    endNanoseconds: end,
    hasErrorStatus: textField(row, 'level') === 'ERROR',
    flaw:
      start === undefined
        ? `startTime is ${JSON.stringify(fieldOf(row, 'startTime', 'start_time'))}, not a time`
        : null,
    attributes: attributesOf({
      [ATTRIBUTE.agentName]: agent,
      [ATTRIBUTE.promptName]: textField(row, 'promptName', 'prompt_name'),
      [ATTRIBUTE.promptVersion]: textField(row, 'promptVersion', 'prompt_version'),
      'langfuse.observation.type': (textField(row, 'type') ?? 'GENERATION').toLowerCase(),
      'langfuse.observation.model.name': textField(row, 'model', 'providedModelName', 'provided_model_name'),
      'langfuse.observation.input': contentField(row, 'input'),
      'langfuse.observation.output': contentField(row, 'output'),
      'langfuse.observation.usage_details': usageOf(row),
      'langfuse.session.id': textField(row, 'sessionId', 'session_id'),
    }),
  }
}

function usageOf(row: JsonObject): string | undefined {
  const details = fieldOf(row, 'usageDetails', 'usage_details', 'usage')
  if (typeof details === 'string') return details
  if (isObject(details) && Object.keys(details).length > 0) return JSON.stringify(details)
  const input = numberField(row, 'promptTokens', 'prompt_tokens', 'inputTokens', 'inputUsage')
  const output = numberField(row, 'completionTokens', 'completion_tokens', 'outputTokens', 'outputUsage')
  return input === undefined && output === undefined ? undefined : JSON.stringify({ input, output })
}

function scoreOf(row: JsonObject, agent: string): readonly ExternalScore[] {
  const id = textField(row, 'id')
  const name = textField(row, 'name')
  const traceId = textField(row, 'traceId', 'trace_id')
  const observationId = textField(row, 'observationId', 'observation_id')
  const conversationId = textField(row, 'sessionId', 'session_id') ?? null
  const at = timeField(row, 'timestamp', 'createdAt', 'created_at')
  const label = textField(row, 'stringValue', 'string_value') ?? null
  const value = numberField(row, 'value') ?? null
  if (name === undefined || at === undefined || (value === null && label === null)) return []
  if (traceId === undefined && conversationId === null) return []
  const isCategory = textField(row, 'dataType', 'data_type') === 'CATEGORICAL' && label !== null
  return [
    {
      id: id ?? createHash('sha256').update(JSON.stringify(row)).digest('hex'),
      agent,
      name: name.slice(0, 128),
      version: '1',
      source: `langfuse ${(textField(row, 'source') ?? '').toLowerCase()}`.trim(),
      value: isCategory ? null : value,
      label: isCategory || value === null ? label : null,
      selection: 'all',
      lagMilliseconds: null,
      traceId: traceId === undefined ? null : hexIdOf(traceId, 32),
      spanId: observationId === undefined ? null : hexIdOf(observationId, 16),
      responseId: null,
      conversationId,
      at: Number(at / 1_000_000n),
    },
  ]
}
