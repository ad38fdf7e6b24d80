import { SPAN } from '@tidemark/instrumentation/semconv'
import type {
  CallRecord,
  DecisionRecord,
  Rejection,
  SpanId,
  StepRecord,
  TelemetryBatch,
  ValidationRecord,
} from '../domain/records.ts'
import { abbreviate } from './abbreviate.ts'
import {
  type Attributes,
  type AttributeValue,
  type DecodedResourceSpans,
  type DecodedSpan,
  type DecodedTraces,
  firstOf,
} from './decoded-traces.ts'
import { AGENT_ATTRIBUTES, DIALECT, INFERENCE_OPERATIONS } from './dialect.ts'
import { inConvention, isStep } from './foreign-span.ts'
import type { IngestLimits } from './limits.ts'
import { readStep } from './read-step.ts'
import { readCall, readDecision, readValidation, type SpanFrame } from './span-records.ts'
import { SpanReading } from './span-reading.ts'
import {
  agentOf,
  type AgentStanding,
  type ClockWindow,
  isAbsentId,
  millisecondsOf,
  type Refusal,
  refusalOfSpan,
  refusalOfTime,
} from './span-refusal.ts'

export type ReadSpansOptions = ClockWindow & {
  /** Asked once per good name and request; a question, which must not admit the agent. */
  readonly knownAgents: (name: string) => AgentStanding
  readonly limits: IngestLimits
}

export type ReadSpans = {
  readonly batch: TelemetryBatch
  readonly rejections: readonly Rejection[]
  /** Spans that are no record of a call (tools, HTTP, attempts): of them only the steps of a run are kept. */
  readonly ignored: number
  /** Spans that came twice in the request; the later one is in the batch. */
  readonly duplicates: number
  /** Input or output messages over the limit: dropped, their calls are in the batch. */
  readonly contentDropped: number
  /** Optional attributes of the wrong type: taken as absent. */
  readonly valuesDropped: number
}

type Kind = 'call' | 'validation' | 'decision'

/** Sorts the spans of a request into records, refusals with their reason, and the rest. Pure: clock and agents are arguments. */
export function readSpans(traces: DecodedTraces, options: ReadSpansOptions): ReadSpans {
  const calls = new Map<string, CallRecord>()
  const validations = new Map<string, ValidationRecord>()
  const decisions = new Map<string, DecisionRecord>()
  const steps = new Map<string, StepRecord>()
  const rejections: Rejection[] = []
  const counts = { ignored: 0, read: 0, contentDropped: 0, valuesDropped: 0 }
  const standings = new Map<string, AgentStanding>()
  const standingOf = (name: string): AgentStanding => {
    const standing = standings.get(name) ?? options.knownAgents(name)
    standings.set(name, standing)
    return standing
  }

  const passages = new Map<string, string>()

  for (const { resource, span: sent } of spansOf(traces.resourceSpans)) {
    const span = { ...sent, attributes: inConvention(sent.attributes, options.limits.contentBytes) }
    const kind = span.flaw === null ? kindOf(span) : 'call'
    if (kind === null) {
      counts.ignored += 1
      const key = span.traceId + span.spanId
      if (!isStep(span.attributes)) passages.set(key, span.parentSpanId)
      else if (refusalOfSpan(span) === null && refusalOfTime(span, options) === null) {
        const { agent, refusal } = agentOf(agentNameOf(span.attributes, resource), standingOf)
        if (refusal === null) steps.set(key, readStep(span, agent))
      }
      continue
    }
    const reject = (agent: string, { reason, message }: Refusal) =>
      rejections.push({
        agent,
        reason,
        message: `Span ${abbreviate(span.name, 60)} (${abbreviate(span.spanId, 16)}): ${message}`,
      })

    const flaw = refusalOfSpan(span)
    if (flaw !== null) {
      reject('', flaw)
      continue
    }
    const { agent, refusal } = agentOf(agentNameOf(span.attributes, resource), standingOf)
    const reason = refusal ?? refusalOfTime(span, options)
    if (reason !== null) {
      reject(agent, reason)
      continue
    }
    const reading = new SpanReading(span.attributes, options.limits)
    const frame = frameOf(span, agent)
    const key = span.traceId + span.spanId
    const isRecord =
      kind === 'call'
        ? keep(calls, key, readCall(frame, reading))
        : kind === 'validation'
          ? keep(validations, key, readValidation(frame, reading))
          : keep(decisions, key, readDecision(frame, reading))
    if (!isRecord) {
      if (reading.refusal !== null) reject(agent, reading.refusal)
      continue
    }
    counts.read += 1
    counts.contentDropped += reading.contentDropped
    counts.valuesDropped += reading.valuesDropped
  }

  return {
    batch: {
      calls: Array.from(calls.values(), (call) => withNearestParent(call, passages)),
      validations: [...validations.values()],
      decisions: [...decisions.values()],
      ...(steps.size === 0 ? {} : { steps: [...steps.values()] }),
    },
    rejections,
    ignored: counts.ignored,
    duplicates: counts.read - calls.size - validations.size - decisions.size,
    contentDropped: counts.contentDropped,
    valuesDropped: counts.valuesDropped,
  }
}

function* spansOf(
  resourceSpans: readonly DecodedResourceSpans[],
): Generator<{ resource: Attributes; span: DecodedSpan }> {
  for (const { resource, spans } of resourceSpans) for (const span of spans) yield { resource, span }
}

/** Null: a span that is no record. Our own spans are known by name, a call by its operation. */
function kindOf({ name, attributes }: DecodedSpan): Kind | null {
  if (name === SPAN.validation) return 'validation'
  if (name === SPAN.decision) return 'decision'
  if (name === SPAN.attempt) return null
  const operation = firstOf(attributes, DIALECT.operation)
  return typeof operation === 'string' && INFERENCE_OPERATIONS.has(operation) ? 'call' : null
}

/**
 * Spans between two calls that are no record (a chain, an HTTP request) are left out of the ancestry, so that a call of
 * a framework is found as the ancestor of the call it wraps.
 */
function withNearestParent(call: CallRecord, passages: ReadonlyMap<string, string>): CallRecord {
  let parentSpanId = call.parentSpanId
  for (let steps = 0; parentSpanId !== null && steps <= passages.size; steps += 1) {
    const above = passages.get(call.traceId + parentSpanId)
    if (above === undefined) break
    parentSpanId = isAbsentId(above) ? null : above
  }
  return parentSpanId === call.parentSpanId ? call : { ...call, parentSpanId }
}

function agentNameOf(span: Attributes, resource: Attributes): AttributeValue | undefined {
  return firstOf(span, AGENT_ATTRIBUTES.span) ?? firstOf(resource, AGENT_ATTRIBUTES.resource)
}

function frameOf(span: DecodedSpan, agent: string): SpanFrame {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: isAbsentId(span.parentSpanId) ? null : span.parentSpanId,
    agent,
    startedAt: millisecondsOf(span.startNanoseconds),
    endedAt: millisecondsOf(span.endNanoseconds),
    latencySeconds: Number(span.endNanoseconds - span.startNanoseconds) / 1e9,
    hasErrorStatus: span.hasErrorStatus,
  }
}

function keep<R extends SpanId>(records: Map<string, R>, key: string, record: R | null): boolean {
  if (record === null) return false
  records.set(key, record)
  return true
}
