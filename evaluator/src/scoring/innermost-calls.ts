import type { CallRecord } from '../domain/records.ts'
import type { EvaluatedCall } from './evaluated-call.ts'

/**
 * One entry for each answer of a model. Where a framework's span and the span of the client inside it tell of the same
 * call, the innermost stays and takes from the outer ones what it does not know itself. Same call: an ancestor in the
 * span tree; or the same response id and a time that lies inside the other's, for frameworks that start a trace of
 * their own.
 */
export function innermostCalls(entries: readonly EvaluatedCall[]): EvaluatedCall[] {
  const inner = innerOf(entries)
  if (inner.size === 0) return [...entries]
  const merged = new Map<EvaluatedCall, EvaluatedCall>()
  for (const [outer, first] of inner) {
    const innermost = lastOf(first, inner)
    merged.set(innermost, absorb(merged.get(innermost) ?? innermost, outer))
  }
  return entries.filter((entry) => !inner.has(entry)).map((entry) => merged.get(entry) ?? entry)
}

/** Each entry that wraps another, with one that it wraps. */
function innerOf(entries: readonly EvaluatedCall[]): Map<EvaluatedCall, EvaluatedCall> {
  const bySpan = new Map(entries.map((entry) => [`${entry.call.traceId}/${entry.call.spanId}`, entry]))
  const inner = new Map<EvaluatedCall, EvaluatedCall>()
  for (const entry of entries) {
    const parent = bySpan.get(`${entry.call.traceId}/${entry.call.parentSpanId ?? ''}`)
    if (parent !== undefined && lastOf(entry, inner) !== parent) inner.set(parent, entry)
  }
  const byResponse = Map.groupBy(
    entries.filter(({ call }) => call.responseId !== null),
    ({ call }) => call.responseId,
  )
  for (const group of byResponse.values()) {
    if (group.length < 2) continue
    const byEnd = group.toSorted((a, b) => startOf(b) - startOf(a) || endOf(a) - endOf(b))
    for (const [index, outer] of byEnd.entries()) {
      const wrapped = byEnd
        .slice(0, index)
        .findLast((candidate) => isInside(candidate, outer) && lastOf(candidate, inner) !== outer)
      if (wrapped !== undefined && !inner.has(outer)) inner.set(outer, wrapped)
    }
  }
  return inner
}

/** Calls of one process lie within each other exactly; start times are kept in whole milliseconds. */
function isInside({ call: a }: EvaluatedCall, { call: b }: EvaluatedCall): boolean {
  const rounding = 1
  return (
    a.startedAt >= b.startedAt - rounding &&
    a.startedAt + a.latencySeconds * 1000 <= b.startedAt + b.latencySeconds * 1000 + rounding
  )
}

/** Ends, since no entry is set inside one that it contains. */
function lastOf(entry: EvaluatedCall, inner: ReadonlyMap<EvaluatedCall, EvaluatedCall>): EvaluatedCall {
  let last = entry
  for (let next = inner.get(last); next !== undefined; next = inner.get(last)) last = next
  return last
}

/** What the inner call does not know; its own facts, its time and its failure stay. */
function absorb(entry: EvaluatedCall, { call: outer, validation }: EvaluatedCall): EvaluatedCall {
  const { call } = entry
  const filled: CallRecord = {
    ...call,
    provider: call.provider ?? outer.provider,
    requestModel: call.requestModel ?? outer.requestModel,
    responseModel: call.responseModel ?? outer.responseModel,
    systemFingerprint: call.systemFingerprint ?? outer.systemFingerprint,
    finishReason: call.finishReason ?? outer.finishReason,
    promptName: call.promptName ?? outer.promptName,
    promptVersion: call.promptVersion ?? outer.promptVersion,
    promptHash: call.promptHash ?? outer.promptHash,
    toolsHash: call.toolsHash ?? outer.toolsHash,
    dataVersion: call.dataVersion ?? outer.dataVersion,
    inputHash: call.inputHash ?? outer.inputHash,
    segment: call.segment ?? outer.segment,
    conversationId: call.conversationId ?? outer.conversationId,
    userHash: call.userHash ?? outer.userHash,
    variant: call.variant === DEFAULT_VARIANT ? outer.variant : call.variant,
    origin: call.origin === 'production' ? outer.origin : call.origin,
    inputTokens: call.inputTokens ?? outer.inputTokens,
    outputTokens: call.outputTokens ?? outer.outputTokens,
    outputShape: call.outputShape ?? outer.outputShape,
    outputCharacters: call.outputCharacters ?? outer.outputCharacters,
    input: call.input ?? outer.input,
    output: call.output ?? outer.output,
  }
  return { call: filled, validation: entry.validation ?? validation }
}

const DEFAULT_VARIANT = 'control'

function startOf({ call }: EvaluatedCall): number {
  return call.startedAt
}

function endOf({ call }: EvaluatedCall): number {
  return call.startedAt + call.latencySeconds * 1000
}
