import type { RejectionReason } from '../domain/records.ts'
import { abbreviate } from './abbreviate.ts'
import { isAgentName } from './agent-name.ts'
import type { AttributeValue, DecodedSpan } from './decoded-traces.ts'
import { AGENT_ATTRIBUTES } from './dialect.ts'

/** Why a span is no record, as a sentence with the value and the next step. */
export type Refusal = { readonly reason: RejectionReason; readonly message: string }

export type AgentStanding = 'known' | 'unknown' | 'too_many'

/** Epoch milliseconds, and how far from `now` a span may lie. */
export type ClockWindow = {
  readonly now: number
  readonly retentionMilliseconds: number
  readonly futureSkewMilliseconds: number
}

/** A structure that is not OTLP, or ids that identify nothing. */
export function refusalOfSpan({ flaw, traceId, spanId, parentSpanId }: DecodedSpan): Refusal | null {
  if (flaw !== null) return { reason: 'malformed', message: `${flaw}. Send the span as OTLP defines it.` }
  if (!isId(traceId, 32)) return badIdentifier('trace id', traceId, 32)
  if (!isId(spanId, 16)) return badIdentifier('span id', spanId, 16)
  if (!isAbsentId(parentSpanId) && !isId(parentSpanId, 16)) return badIdentifier('parent span id', parentSpanId, 16)
  return null
}

/** Empty or all zero, which OTLP reads as no id. */
export function isAbsentId(id: string): boolean {
  return id.length <= 32 && /^0*$/u.test(id)
}

/** The agent of a span, or why it has none: the name is missing, impossible, or not accepted here. */
export function agentOf(
  name: AttributeValue | undefined,
  standingOf: (name: string) => AgentStanding,
): { readonly agent: string; readonly refusal: null } | { readonly agent: ''; readonly refusal: Refusal } {
  if (name === undefined || name === '') {
    return refused(
      'no_agent',
      `it names no agent. Set ${AGENT_ATTRIBUTES.span[0]} on the span, or service.name on the resource.`,
    )
  }
  if (typeof name !== 'string' || !isAgentName(name)) {
    return refused(
      'bad_value',
      `the agent name is ${abbreviate(name, 128)}; it has to be a text of 1 to 128 characters, not blank, without control characters.`,
    )
  }
  const standing = standingOf(name)
  if (standing === 'unknown') {
    return refused(
      'unknown_agent',
      `the agent ${abbreviate(name, 128)} is not accepted. Add it under agents in tidemark.yaml, or correct the agent option of the instrumentation.`,
    )
  }
  if (standing === 'too_many') {
    return refused(
      'too_many_agents',
      `the agent ${abbreviate(name, 128)} would exceed limits.agents. Raise the limit in tidemark.yaml, or look for a name that changes from call to call.`,
    )
  }
  return { agent: name, refusal: null }
}

/** A span that lies before the retention, in the future, or ends before it starts. */
export function refusalOfTime(
  { startNanoseconds, endNanoseconds }: DecodedSpan,
  { now, retentionMilliseconds, futureSkewMilliseconds }: ClockWindow,
): Refusal | null {
  const startedAt = millisecondsOf(startNanoseconds)
  if (startedAt < now - retentionMilliseconds) {
    return {
      reason: 'clock_in_the_past',
      message: `it started at ${instant(startedAt)}, before the retention that begins at ${instant(now - retentionMilliseconds)}. Check the clock of the sender, and that startTimeUnixNano is in nanoseconds.`,
    }
  }
  const latest = Math.max(startedAt, millisecondsOf(endNanoseconds))
  if (latest > now + futureSkewMilliseconds) {
    return {
      reason: 'clock_in_the_future',
      message: `it runs to ${instant(latest)}, and now is ${instant(now)}. Check the clock of the sender, or raise limits.futureSkewMinutes in tidemark.yaml.`,
    }
  }
  if (endNanoseconds < startNanoseconds) {
    return {
      reason: 'bad_value',
      message: `it ends ${(startNanoseconds - endNanoseconds).toString()} ns before it starts. Send spans that have ended, with endTimeUnixNano.`,
    }
  }
  return null
}

/** Whole milliseconds, exactly: a double cannot hold today's nanoseconds. */
export function millisecondsOf(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n)
}

function refused(reason: RejectionReason, message: string): { readonly agent: ''; readonly refusal: Refusal } {
  return { agent: '', refusal: { reason, message } }
}

export function isId(id: string, digits: number): boolean {
  return id.length === digits && /^[0-9a-f]+$/u.test(id) && !isAbsentId(id)
}

function badIdentifier(what: string, id: string, digits: number): Refusal {
  return {
    reason: 'bad_identifier',
    message: `the ${what} is ${abbreviate(id)}; it has to be ${digits} hex digits (not base64), not all zero.`,
  }
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
