import { ATTRIBUTE } from '@tidemark/instrumentation/semconv'
import type { AttributeValue, DecodedSpan } from '../decoded-traces.ts'
import { isObject, type JsonObject } from '../json-object.ts'
import { fieldOf, hexIdOf, textField, timeField } from './export-row.ts'
import type { ExportedRow } from './langfuse-rows.ts'

const KIND = 'openinference.span.kind'
/** Attributes nest a few levels in the file; deeper is content. */
const MAXIMUM_DEPTH = 6

/**
 * A span as Phoenix exports it: columns of its data frame (`context.span_id`, `attributes.llm.model_name`), objects of its
 * API (`context: { span_id }`, `attributes: { "llm.model_name" }`), or a page of these under `data`.
 */
export function phoenixRow(row: JsonObject, agent: string): ExportedRow {
  const page = row['data']
  if (Array.isArray(page)) return { spans: page.filter(isObject).map((entry) => spanOf(entry, agent)), scores: [] }
  return { spans: [spanOf(row, agent)], scores: [] }
}

export function isPhoenix(row: JsonObject): boolean {
  const page = row['data']
  if (Array.isArray(page)) return page.some((entry) => isObject(entry) && isPhoenix(entry))
  const context = row['context']
  return row['context.span_id'] !== undefined || (isObject(context) && context['span_id'] !== undefined)
}

function spanOf(row: JsonObject, agent: string): DecodedSpan {
  const context = isObject(row['context']) ? row['context'] : {}
  const attributes = new Map<string, AttributeValue>()
  if (isObject(row['attributes'])) flatten(row['attributes'], '', attributes, 0)
  for (const [key, value] of Object.entries(row))
    if (key.startsWith('attributes.')) keep(key.slice('attributes.'.length), value, attributes, 0)
  const kind = textField(row, 'span_kind')
  if (!attributes.has(KIND) && kind !== undefined) attributes.set(KIND, kind.toUpperCase())
  attributes.set(ATTRIBUTE.agentName, agent)
  const start = timeField(row, 'start_time')
  return {
    traceId: hexIdOf(textField(row, 'context.trace_id') ?? textField(context, 'trace_id'), 32),
    spanId: hexIdOf(textField(row, 'context.span_id') ?? textField(context, 'span_id'), 16),
    parentSpanId: hexIdOf(textField(row, 'parent_id'), 16),
    name: textField(row, 'name') ?? '',
    startNanoseconds: start ?? 0n,
    endNanoseconds: timeField(row, 'end_time') ?? start ?? 0n,
    hasErrorStatus: textField(row, 'status_code') === 'ERROR',
    flaw: start === undefined ? `start_time is ${JSON.stringify(fieldOf(row, 'start_time'))}, not a time` : null,
    attributes,
  }
}

function flatten(value: JsonObject, prefix: string, into: Map<string, AttributeValue>, depth: number): void {
  for (const [key, entry] of Object.entries(value)) keep(`${prefix}${key}`, entry, into, depth)
}

function keep(name: string, value: unknown, into: Map<string, AttributeValue>, depth: number): void {
  if (typeof value === 'string' || typeof value === 'boolean') into.set(name, value)
  else if (typeof value === 'number') {
    // counts are floats where another row of the frame had none
    if (Number.isFinite(value)) into.set(name, value)
  } else if (Array.isArray(value)) into.set(name, JSON.stringify(value))
  else if (isObject(value) && depth < MAXIMUM_DEPTH) flatten(value, `${name}.`, into, depth + 1)
}
