import { ATTRIBUTE, EVALUATION_NAME, EVENT } from '@tidemark/instrumentation/semconv'
import { createHash } from 'node:crypto'
import type { Rejection } from '../domain/records.ts'
import type { CallContent, EventBatch, ExternalScore } from '../domain/signals.ts'
import { abbreviate } from './abbreviate.ts'
import { type Attributes, type DecodedSpan, type DecodedTraces, firstOf } from './decoded-traces.ts'
import { AGENT_ATTRIBUTES, EVENT_NAME_ATTRIBUTE } from './dialect.ts'
import type { ReadSpansOptions } from './read-spans.ts'
import { SpanReading } from './span-reading.ts'
import { agentOf, isId, millisecondsOf, type Refusal, refusalOfTime } from './span-refusal.ts'

export type ReadEvents = {
  readonly batch: EventBatch
  readonly rejections: readonly Rejection[]
  /** Log records that are none of the two events: accepted, and not kept. */
  readonly ignored: number
  readonly contentDropped: number
}

/** What our own instrumentation says in spans too. */
const TOLD_IN_SPANS: ReadonlySet<string> = new Set([EVALUATION_NAME.schemaValidation])
/** The longest name and label of a score. */
const MAXIMUM_NAME = 128

/** Sorts log records into scores and texts of calls, refusals with their reason, and the rest. */
export function readEvents(logs: DecodedTraces, options: ReadSpansOptions): ReadEvents {
  const scores: ExternalScore[] = []
  const contents: CallContent[] = []
  const rejections: Rejection[] = []
  const counts = { ignored: 0, contentDropped: 0 }
  for (const { resource, spans } of logs.resourceSpans) {
    for (const event of spans) {
      const name = eventName(event)
      if (event.flaw === null && name !== EVENT.evaluationResult && name !== EVENT.operationDetails) {
        counts.ignored += 1
        continue
      }
      const result = readEvent(name, event, resource, options)
      if (result.kind === 'refused') rejections.push(result.rejection)
      else if (result.kind === 'ignored') counts.ignored += 1
      else if (result.kind === 'score') scores.push(result.score)
      else {
        contents.push(result.content)
        counts.contentDropped += result.contentDropped
      }
    }
  }
  return { batch: { scores, contents }, rejections, ...counts }
}

type Result =
  | { readonly kind: 'score'; readonly score: ExternalScore }
  | { readonly kind: 'content'; readonly content: CallContent; readonly contentDropped: number }
  | { readonly kind: 'refused'; readonly rejection: Rejection }
  | { readonly kind: 'ignored' }

function readEvent(name: string, event: DecodedSpan, resource: Attributes, options: ReadSpansOptions): Result {
  const refused = (agent: string, { reason, message }: Refusal): Result => ({
    kind: 'refused',
    rejection: { agent, reason, message: `Log record ${abbreviate(name, 60)}: ${message}` },
  })
  if (event.flaw !== null)
    return refused('', { reason: 'malformed', message: `${event.flaw}. Send the log record as OTLP defines it.` })
  const { agent, refusal } = agentOf(
    firstOf(event.attributes, AGENT_ATTRIBUTES.span) ?? firstOf(resource, AGENT_ATTRIBUTES.resource),
    options.knownAgents,
  )
  const reason = refusal ?? refusalOfTime(event, options)
  if (reason !== null) return refused(agent, reason)
  const reading = new SpanReading(event.attributes, options.limits)
  const frame = {
    agent,
    at: millisecondsOf(event.startNanoseconds),
    traceId: isId(event.traceId, 32) ? event.traceId : null,
    spanId: isId(event.spanId, 16) ? event.spanId : null,
    responseId: reading.text('responseId'),
    conversationId: reading.text('conversationId'),
  }
  const result = name === EVENT.evaluationResult ? readScore(event, frame) : readContent(frame, reading)
  if (reading.refusal !== null) return refused(agent, reading.refusal)
  return 'reason' in result ? refused(agent, result) : result
}

type Frame = {
  readonly agent: string
  readonly at: number
  readonly traceId: string | null
  readonly spanId: string | null
  readonly responseId: string | null
  readonly conversationId: string | null
}

function readScore({ attributes, startNanoseconds }: DecodedSpan, frame: Frame): Result | Refusal {
  const name = attributes.get(ATTRIBUTE.evaluationName)
  if (typeof name !== 'string' || name === '' || name.length > MAXIMUM_NAME)
    return {
      reason: 'bad_value',
      message: `${ATTRIBUTE.evaluationName} is ${abbreviate(name)}; it has to be a text of 1 to ${MAXIMUM_NAME} characters.`,
    }
  if (TOLD_IN_SPANS.has(name)) return { kind: 'ignored' }
  const value = attributes.get(ATTRIBUTE.evaluationValue)
  const label = attributes.get(ATTRIBUTE.evaluationLabel)
  const isNumber = typeof value === 'number' && Number.isFinite(value)
  if (!isNumber && (typeof label !== 'string' || label === '' || label.length > MAXIMUM_NAME))
    return {
      reason: 'bad_value',
      message: `it has neither a number in ${ATTRIBUTE.evaluationValue} (${abbreviate(value)}) nor a text in ${ATTRIBUTE.evaluationLabel} (${abbreviate(label)}).`,
    }
  if (frame.traceId === null && frame.responseId === null && frame.conversationId === null)
    return {
      reason: 'bad_identifier',
      message: `it belongs to no call. Emit it in the context of the call's span, or with ${ATTRIBUTE.responseId}.`,
    }
  const identity = [frame.agent, frame.traceId, frame.spanId, frame.responseId, frame.conversationId]
  return {
    kind: 'score',
    score: {
      ...frame,
      id: createHash('sha256')
        .update(JSON.stringify([...identity, name, isNumber ? value : label, startNanoseconds.toString()]))
        .digest('hex'),
      name,
      version: '1',
      source: 'otlp',
      value: isNumber ? value : null,
      label: isNumber || typeof label !== 'string' ? null : label,
      selection: 'all',
      lagMilliseconds: null,
    },
  }
}

function readContent({ agent, at, traceId, spanId }: Frame, reading: SpanReading): Result | Refusal {
  if (traceId === null || spanId === null)
    return {
      reason: 'bad_identifier',
      message: "it belongs to no span. Emit it in the context of the call's span.",
    }
  const input = reading.content('input')
  const output = reading.content('output')
  if (input === null && output === null && reading.contentDropped === 0) return { kind: 'ignored' }
  return {
    kind: 'content',
    content: { traceId, spanId, agent, at, input, output },
    contentDropped: reading.contentDropped,
  }
}

function eventName({ name, attributes }: DecodedSpan): string {
  const attribute = attributes.get(EVENT_NAME_ATTRIBUTE)
  return name === '' && typeof attribute === 'string' ? attribute : name
}
