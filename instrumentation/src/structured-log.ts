import { ATTRIBUTE } from './semconv.ts'
import { type Attributes, isError, type Span, type SpanStart, type Telemetry } from './telemetry.ts'

/** Takes one JSON text without a line end. */
export type LogLine = (line: string) => void

/**
 * The same telemetry, and each span of ours as one line of JSON when it ends: name, times, ids, and every attribute the
 * span got. Works without an SDK too, then without ids.
 */
export function alsoLogged(telemetry: Telemetry, write: LogLine, now: () => number): Telemetry {
  return {
    ...telemetry,
    startSpan(name, start) {
      const span = telemetry.startSpan(name, start)
      return loggedSpan(span, name, start, { telemetry, write, now })
    },
  }
}

interface Logging {
  readonly telemetry: Telemetry
  readonly write: LogLine
  readonly now: () => number
}

function loggedSpan(span: Span, name: string, start: SpanStart, { telemetry, write, now }: Logging): Span {
  const attributes: Attributes = { [ATTRIBUTE.agentName]: telemetry.agentName, ...start.attributes }
  const startMilliseconds = start.startMilliseconds ?? now()
  let isFailed = false
  const line = (endMilliseconds: number): string => {
    const { traceId, spanId } = span.spanContext()
    return JSON.stringify({
      time: new Date(startMilliseconds).toISOString(),
      name,
      ...(/[1-9a-f]/u.test(traceId) ? { traceId, spanId } : {}),
      durationMilliseconds: Math.max(0, endMilliseconds - startMilliseconds),
      status: isFailed ? 'error' : 'unset',
      ...attributes,
    })
  }
  const logged: Span = {
    spanContext: () => span.spanContext(),
    isRecording: () => true,
    setAttribute(key, value) {
      attributes[key] = value
      span.setAttribute(key, value)
      return logged
    },
    setAttributes(values) {
      Object.assign(attributes, values)
      span.setAttributes(values)
      return logged
    },
    addEvent(...event) {
      span.addEvent(...event)
      return logged
    },
    addLink(link) {
      span.addLink(link)
      return logged
    },
    addLinks(links) {
      span.addLinks(links)
      return logged
    },
    setStatus(status) {
      isFailed = isError(status)
      span.setStatus(status)
      return logged
    },
    updateName(other) {
      span.updateName(other)
      return logged
    },
    recordException: (...exception) => span.recordException(...exception),
    end(endTime) {
      span.end(endTime)
      try {
        write(line(typeof endTime === 'number' ? endTime : now()))
      } catch (error) {
        telemetry.trouble('traces', 'structuredLog threw', error)
      }
    },
  }
  return logged
}
