import { CHANGE_KINDS } from '@tidemark/instrumentation/semconv'
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { TidemarkError } from '../domain/errors.ts'
import type { AnnouncedChange } from '../domain/signals.ts'
import { describeIssues, identifier, instant, sentAgent } from './sent-value.ts'

const change = z.strictObject({
  id: identifier.optional(),
  agent: sentAgent,
  kind: z.enum(CHANGE_KINDS),
  value: identifier,
  at: instant.optional(),
  by: identifier.nullish().transform((by) => by ?? null),
  link: z
    .url({ protocol: /^https?$/u, error: 'has to be a link with http or https' })
    .max(2048)
    .nullish()
    .transform((link) => link ?? null),
})

/**
 * The body of `POST /v1/changes`; `at` may lie in the past. The same kind, value and time is the same change.
 * @throws {TidemarkError} `change_invalid` naming each path with its value
 */
export function readChange(json: unknown, now: number): AnnouncedChange {
  const result = change.safeParse(json, { reportInput: true })
  if (!result.success)
    throw new TidemarkError(
      'change_invalid',
      `The change is not valid: ${describeIssues(result.error)}.`,
      `Send { agent, kind, value, at, by, link } with a kind of ${CHANGE_KINDS.join(', ')}.`,
    )
  const { id, at = now, ...rest } = result.data
  const digest = createHash('sha256').update(JSON.stringify([rest.kind, rest.value, at]))
  return { ...rest, at, id: id ?? digest.digest('hex') }
}
