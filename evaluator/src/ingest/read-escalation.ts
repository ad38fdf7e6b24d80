import { z } from 'zod'
import { TidemarkError } from '../domain/errors.ts'
import { type Escalation, PRIORITIES } from '../domain/escalation.ts'
import { describeIssues, hexId, instant, sentAgent } from './sent-value.ts'

/** UTF-8 bytes of the JSON of `context`, `input` and `output`, each. */
export const MAXIMUM_ESCALATION_CONTENT_BYTES = 256 * 1024

const content = z
  .unknown()
  .refine(isWithinLimit, `is larger than ${MAXIMUM_ESCALATION_CONTENT_BYTES} bytes as JSON, or nested too deep`)
  .transform((value) => value ?? null)

const escalation = z.strictObject({
  id: z.uuid('has to be a UUID').toLowerCase(),
  agent: sentAgent,
  reason: z
    .string()
    .regex(/^[^\p{Cc}\s]{1,64}$/u, 'has to be 1 to 64 characters without spaces, such as low_confidence'),
  priority: z.enum(PRIORITIES).default('normal'),
  question: z
    .string()
    .max(4096)
    .default('')
    .transform((text) => text.toWellFormed().replaceAll('\0', '\uFFFD')),
  context: content.optional(),
  input: content.optional(),
  output: content.optional(),
  traceId: hexId(32),
  spanId: hexId(16),
  createdAt: instant,
})

/**
 * The body of `POST /v1/escalations`. What the agent may leave out gets its default; a key that is not known is a typo.
 * @throws {TidemarkError} `escalation_invalid` naming each path with its value
 */
export function readEscalation(json: unknown): Escalation {
  const result = escalation.safeParse(json, { reportInput: true })
  if (result.success) {
    const { context = null, input = null, output = null, ...rest } = result.data
    return { ...rest, context, input, output }
  }
  throw new TidemarkError(
    'escalation_invalid',
    `The escalation is not valid: ${describeIssues(result.error)}.`,
    'Send { id, agent, reason, priority, question, context, input, output, traceId, spanId, createdAt } as @tidemark/instrumentation does.',
  )
}

/** A value nested thousands of levels deep cannot be written again; it is refused here instead of at the store. */
function isWithinLimit(value: unknown): boolean {
  try {
    return Buffer.byteLength(JSON.stringify(value) ?? '') <= MAXIMUM_ESCALATION_CONTENT_BYTES
  } catch {
    return false
  }
}
