import { ATTRIBUTE } from '@tidemark/instrumentation/semconv'
import type { StepRecord } from '../domain/records.ts'
import { type Attributes, type DecodedSpan, firstOf } from './decoded-traces.ts'
import { STEP_NAMES, TOOL_MARKS } from './dialect.ts'
import { storable } from './span-reading.ts'
import { millisecondsOf } from './span-refusal.ts'

/** Longer names are cut: a step is told by its name alone. */
const NAME_CHARACTERS = 128

/** A span of an agent or a tool as the step of a run. `agent` is whose telemetry it came with. */
export function readStep(span: DecodedSpan, agent: string): StepRecord {
  const kind = isTool(span.attributes) ? 'tool' : 'agent'
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    agent,
    startedAt: millisecondsOf(span.startNanoseconds),
    durationSeconds: Number(span.endNanoseconds - span.startNanoseconds) / 1e9,
    kind,
    name: storable(nameOf(span, kind).slice(0, NAME_CHARACTERS)),
  }
}

function isTool(attributes: Attributes): boolean {
  return Object.entries(TOOL_MARKS).some(([name, values]) => {
    const value = attributes.get(name)
    return typeof value === 'string' && values.includes(value)
  })
}

/** Where no attribute names it, the span does: `execute_tool search`, `invoke_agent planner`. */
function nameOf({ name, attributes }: DecodedSpan, kind: StepRecord['kind']): string {
  const named = firstOf(attributes, kind === 'tool' ? STEP_NAMES.tool : STEP_NAMES.agent)
  if (typeof named === 'string' && named !== '') return named
  const operation = attributes.get(ATTRIBUTE.operationName)
  return typeof operation === 'string' && name.startsWith(`${operation} `) ? name.slice(operation.length + 1) : name
}
