import { z } from 'zod'
import { TidemarkError } from '../domain/errors.ts'
import { type Escalation, PRIORITIES } from '../domain/escalation.ts'
import { abbreviate } from './abbreviate.ts'
import { isAgentName } from './agent-name.ts'

/** UTF-8 bytes of the JSON of `context`, `input` and `output`, each. */
export const MAXIMUM_ESCALATION_CONTENT_BYTES = 256 * 1024

const content = z
  .unknown()
  .refine(isWithinLimit, `is larger than ${MAXIMUM_ESCALATION_CONTENT_BYTES} bytes as JSON, or nested too deep`)
  .transform((value) => value ?? null)

const hexId = (digits: number) =>
  z
    .string()
    .toLowerCase()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`, 'u'), `has to be ${digits} hex digits`)
    .nullish()
    .transform((id) => id ?? null)

const escalation = z.strictObject({
  id: z.uuid('has to be a UUID').toLowerCase(),
  agent: z.string().refine(isAgentName, 'has to be 1 to 128 characters without control characters'),
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
  createdAt: z.iso
    .datetime({ offset: true, error: 'has to be ISO 8601 with a zone, such as 2026-11-24T08:00:00.000Z' })
    .transform((text) => Date.parse(text)),
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
    `The escalation is not valid: ${result.error.issues.map(describeIssue).join('; ')}.`,
    'Send { id, agent, reason, priority, question, context, input, output, traceId, spanId, createdAt } as @tidemark/instrumentation does.',
  )
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.length === 0 ? 'the body' : issue.path.join('.')
  if (issue.code === 'unrecognized_keys')
    return `${path} has the unknown key ${issue.keys.map((key) => abbreviate(key)).join(', ')}`
  return `${path} is ${abbreviate(issue.input)}: ${issue.message}`
}

/** A value nested thousands of levels deep cannot be written again; it is refused here instead of at the store. */
function isWithinLimit(value: unknown): boolean {
  try {
    return Buffer.byteLength(JSON.stringify(value) ?? '') <= MAXIMUM_ESCALATION_CONTENT_BYTES
  } catch {
    return false
  }
}
