import { z } from 'zod'
import { TidemarkError } from './errors.ts'
import { type EscalationRecord, type EscalationRequest, PRIORITIES } from './escalation.ts'
import { ESCALATION_REASONS } from './semconv.ts'
import type { SpanContext } from './telemetry.ts'

/** One text of an escalation is cut here, UTF-16 units; a reviewer reads no more. */
const MAXIMUM_TEXT = 100_000
/** A whole escalation, bytes of JSON. */
const MAXIMUM_BYTES = 4 * 1024 * 1024

const escalationRequest = z.strictObject({
  reason: z.string(),
  question: z.string().trim().min(1, 'say what the reviewer has to decide').max(2000),
  context: z.record(z.string(), z.unknown()),
  input: z.unknown(),
  output: z.unknown(),
  priority: z.enum(PRIORITIES).default('normal'),
})

export interface RecordSettings {
  readonly agent: string
  readonly extraReasons: readonly string[]
  readonly redact: (text: string) => string
  readonly id: string
  readonly nowMilliseconds: number
  readonly span: SpanContext | undefined
}

/** What is stored and sent: checked, redacted, cut, and JSON. Throws `escalation_invalid`. */
export function escalationRecord(request: EscalationRequest, settings: RecordSettings): EscalationRecord {
  const parsed = escalationRequest.safeParse(request)
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error), parsed.error)
  const { reason, question, context, input, output, priority } = parsed.data
  const reasons = [...ESCALATION_REASONS, ...settings.extraReasons]
  if (!reasons.includes(reason)) {
    throw invalid(
      `reason ${JSON.stringify(reason)} is unknown. Use one of ${reasons.join(', ')}, or list it in the option escalationReasons`,
    )
  }
  const clean = (text: string): string => {
    const redacted = settings.redact(text)
    if (redacted.length <= MAXIMUM_TEXT) return redacted
    return `${redacted.slice(0, MAXIMUM_TEXT)}… (${redacted.length - MAXIMUM_TEXT} more characters)`
  }
  const record: EscalationRecord = {
    id: settings.id,
    agent: settings.agent,
    reason,
    priority,
    question: clean(question),
    context: cleaned(context, clean),
    input: cleaned(input, clean),
    output: cleaned(output, clean),
    traceId: settings.span?.traceId ?? null,
    spanId: settings.span?.spanId ?? null,
    createdAt: new Date(settings.nowMilliseconds).toISOString(),
  }
  const bytes = new TextEncoder().encode(JSON.stringify(record)).length
  if (bytes > MAXIMUM_BYTES) {
    throw invalid(`it has ${bytes} bytes of at most ${MAXIMUM_BYTES}. Give the reviewer a link instead of the data`)
  }
  return record
}

/** As JSON would keep it, with every text and key cleaned. */
function cleaned(value: unknown, clean: (text: string) => string): unknown {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw invalid(
      `context, input and output must be JSON: ${error instanceof Error ? error.message : String(error)}`,
      error,
    )
  }
  return text === undefined ? null : mapTexts(JSON.parse(text), clean)
}

function mapTexts(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, clean))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key), mapTexts(item, clean)]))
}

function invalid(what: string, cause?: unknown): TidemarkError {
  return new TidemarkError('escalation_invalid', `escalate: ${what}.`, { cause })
}
