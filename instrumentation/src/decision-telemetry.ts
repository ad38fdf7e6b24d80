import type { DecisionSummary } from './decide.ts'
import { errorTypeOf } from './error-type.ts'
import { ATTRIBUTE, SPAN, TIDEMARK } from './semconv.ts'
import {
  activeContext,
  type Attributes,
  type Context,
  contextWithSpan,
  linkTo,
  markFailed,
  type Span,
  type SpanContext,
  type Telemetry,
} from './telemetry.ts'

/** A decision in progress; calls made in its context are its children. */
export interface OpenDecision {
  readonly span: Span
  readonly context: Context
  /** It ended in an error that is the caller's: no route, no count. */
  abandon(error: unknown): void
}

export function startDecision(telemetry: Telemetry, scope: Attributes): OpenDecision {
  const span = telemetry.startSpan(SPAN.decision, { kind: 'internal', attributes: scope, parent: activeContext() })
  return {
    span,
    context: contextWithSpan(span),
    abandon(error) {
      markFailed(span, errorTypeOf(error))
      span.end()
    },
  }
}

/** One span and one count for each decision; linked to the last call it rests on. */
export function reportDecision(
  telemetry: Telemetry,
  { span }: OpenDecision,
  { route, reason, confidence, escalationId }: DecisionSummary,
  call: SpanContext | undefined,
): void {
  try {
    const labels = {
      [TIDEMARK.route]: route,
      ...(reason === undefined ? {} : { [TIDEMARK.escalationReason]: reason }),
    }
    telemetry.instruments().decisions.add(1, { [ATTRIBUTE.agentName]: telemetry.agentName, ...labels })
    span.setAttributes(labels)
    if (confidence !== undefined) span.setAttribute(TIDEMARK.decisionConfidence, confidence)
    if (escalationId !== undefined) span.setAttribute(TIDEMARK.escalationId, escalationId)
    if (call !== undefined) linkTo(span, call)
  } catch (error) {
    telemetry.trouble('traces', 'a decision could not be recorded', error)
  }
  span.end()
}
