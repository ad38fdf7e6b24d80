import { createHash } from 'node:crypto'
import { z } from 'zod'
import { TidemarkError } from '../domain/errors.ts'
import { type ExternalScore, SELECTIONS } from '../domain/signals.ts'
import { describeIssues, hexId, identifier, instant, sentAgent } from './sent-value.ts'

/** Scores of one request. */
const MAXIMUM_SCORES = 1000
const DAY = 86_400_000

const score = z
  .strictObject({
    id: identifier.optional(),
    agent: sentAgent,
    name: identifier,
    version: identifier.default('1'),
    source: identifier.default('api'),
    value: z.union([z.boolean().transform(Number), z.number(), identifier]),
    selection: z.enum(SELECTIONS).default('all'),
    lagDays: z.number().min(0).max(365).nullish(),
    traceId: hexId(32),
    spanId: hexId(16),
    responseId: identifier.nullish(),
    conversationId: identifier.nullish(),
    at: instant.optional(),
  })
  .refine(({ traceId, responseId, conversationId }) => traceId ?? responseId ?? conversationId, {
    error: 'names no call: give traceId (and spanId), responseId or conversationId',
  })
const body = z.strictObject({ scores: z.array(score).min(1).max(MAXIMUM_SCORES) })

/**
 * The body of `POST /v1/scores`. A score without an id gets one from what it says, so that a repeated request adds nothing.
 * @throws {TidemarkError} `score_invalid` naming each path with its value
 */
export function readScores(json: unknown, now: number): readonly ExternalScore[] {
  const result = body.safeParse(json, { reportInput: true })
  if (!result.success)
    throw new TidemarkError(
      'score_invalid',
      `The scores are not valid: ${describeIssues(result.error)}.`,
      'Send { scores: [{ agent, name, value, responseId }] }, with traceId and spanId or conversationId instead of responseId where that is what you have.',
    )
  return result.data.scores.map(({ id, value, lagDays, at, responseId, conversationId, ...rest }) => ({
    ...rest,
    id: id ?? digestOf([rest, value, responseId ?? null, conversationId ?? null, at ?? null]),
    value: typeof value === 'number' ? value : null,
    label: typeof value === 'number' ? null : value,
    lagMilliseconds: lagDays == null ? null : lagDays * DAY,
    responseId: responseId ?? null,
    conversationId: conversationId ?? null,
    at: at ?? now,
  }))
}

function digestOf(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}
