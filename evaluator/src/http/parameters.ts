import { EXCLUDED_WINDOW_REASONS } from '@tidemark/instrumentation/semconv'
import { z } from 'zod'
import { TidemarkError } from '../domain/errors.ts'
import { INCIDENT_ACTIONS } from './port.ts'

const LAST_TIME = 8_640_000_000_000_000

/** A slot as epoch milliseconds, or as a time with its zone. */
const slot = z.union(
  [
    z
      .string()
      .regex(/^\d{1,16}$/u)
      .transform(Number)
      .pipe(z.number().max(LAST_TIME)),
    z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  ],
  { error: 'is no time: use epoch milliseconds, or a time such as 2026-11-18T08:00:00Z' },
)

const time = z.iso
  .datetime({ offset: true, error: 'is no time such as 2026-11-18T08:00:00Z' })
  .transform((text) => Date.parse(text))

const limit = z
  .string()
  .regex(/^\d{1,6}$/u, 'is no whole number')
  .transform(Number)
  .pipe(z.number().min(1, 'is below 1').max(1000, 'is above 1000'))

const agent = z.string().min(1, 'is empty').max(128, 'is longer than 128 characters')

export const AGENT_PATH = z.strictObject({ agent })
export const VERDICT_QUERY = z.strictObject({ slot: slot.optional() })
export const VERDICTS_QUERY = z.strictObject({ limit: limit.default(90) })
export const INCIDENTS_QUERY = z.strictObject({ agent: agent.optional() })
export const AUDIT_QUERY = z.strictObject({ agent: agent.optional(), limit: limit.default(200) })
export const REVIEWS_QUERY = z.strictObject({ limit: limit.default(100) })
export const NO_QUERY = z.strictObject({})
export const INCIDENT_PATH = z.strictObject({ id: z.string().min(1).max(128) })
/** Not needed with a personal token. */
const person = z.string().trim().min(1, 'is empty: say who decides').max(128).optional()
const remark = z.string().trim().min(1, 'is empty').max(500).nullable().default(null)

export const EXCLUDED_WINDOW = z.strictObject({
  from: time,
  to: time,
  reason: z.enum(EXCLUDED_WINDOW_REASONS, `is none of ${EXCLUDED_WINDOW_REASONS.join(', ')}`),
  note: remark,
  by: person,
})
export const EXCLUDED_WINDOW_PATH = z.strictObject({ id: z.string().min(1).max(128) })
export const REMOVAL = z.strictObject({ by: person, why: remark })
export const INCIDENT_STEP = z.strictObject({
  action: z.enum(INCIDENT_ACTIONS, `is none of ${INCIDENT_ACTIONS.join(', ')}`),
  by: person,
})

/** Reads parameters once, at the door. @throws {TidemarkError} `argument_invalid`, naming each wrong one and its value */
export function parseParameters<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input, { reportInput: true })
  if (result.success) return result.data
  throw new TidemarkError(
    'argument_invalid',
    `${result.error.issues.map(describeIssue).join('; ')}.`,
    'Correct what is named and send the request again.',
  )
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')} is not known here`
  const name = issue.path.length === 0 ? 'The body' : issue.path.join('.')
  return issue.input === undefined ? `${name} ${issue.message}` : `${name} ${valueText(issue.input)} ${issue.message}`
}

function valueText(input: unknown): string {
  const text = JSON.stringify(input) ?? String(input)
  return text.length <= 100 ? text : `${text.slice(0, 100)}…`
}
