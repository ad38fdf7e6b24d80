import { z } from 'zod'
import { abbreviate } from './abbreviate.ts'
import { isAgentName } from './agent-name.ts'

/** An agent's name as a sender of JSON writes it. */
export const sentAgent = z.string().refine(isAgentName, 'has to be 1 to 128 characters without control characters')

/** A name, a version, an id: text without control characters, well-formed. */
export const identifier = z
  .string()
  .min(1, 'has to be a text that is not empty')
  .max(256, 'has to be 256 characters at most')
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'has to be text without control characters')

/** Epoch milliseconds of a time with its zone. */
export const instant = z.iso
  .datetime({ offset: true, error: 'has to be ISO 8601 with a zone, such as 2026-11-24T08:00:00.000Z' })
  .transform((text) => Date.parse(text))

/** Lower-case hex of so many digits, or null. */
export const hexId = (digits: number) =>
  z
    .string()
    .toLowerCase()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`, 'u'), `has to be ${digits} hex digits`)
    .nullish()
    .transform((id) => id ?? null)

/** Each path with what stands there; at most five. */
export function describeIssues({ issues }: z.ZodError): string {
  const told = issues.slice(0, 5).map(describeIssue)
  return issues.length > told.length ? `${told.join('; ')}; and ${issues.length - told.length} more` : told.join('; ')
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.length === 0 ? 'the body' : issue.path.join('.')
  if (issue.code === 'unrecognized_keys')
    return `${path} has the unknown key ${issue.keys.map((key) => abbreviate(key)).join(', ')}`
  return `${path} is ${abbreviate(issue.input)}: ${issue.message}`
}
