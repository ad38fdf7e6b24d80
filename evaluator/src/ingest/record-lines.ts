import { createHash } from 'node:crypto'
import { OPERATIONS, ORIGINS, OUTPUT_SHAPES, ROUTES, VALIDATION_OUTCOMES } from '@tidemark/instrumentation/semconv'
import { z } from 'zod'
import { TidemarkError } from '../domain/errors.ts'
import type { CallRecord, DecisionRecord, TelemetryBatch, ValidationRecord } from '../domain/records.ts'
import { isAgentName } from './agent-name.ts'

/** One line of an import or export file. */
export type RecordLine =
  | ({ readonly type: 'call' } & CallRecord)
  | ({ readonly type: 'validation' } & ValidationRecord)
  | ({ readonly type: 'decision' } & DecisionRecord)

const text = z.string().min(1).max(4096).nullable().default(null)
const count = z.number().int().min(0).nullable().default(null)
const agent = z.string().refine(isAgentName, 'is no agent name: 1 to 128 characters without control characters')
const time = z.union([
  z.number().int().positive(),
  z.iso.datetime({ offset: true }).transform((iso) => Date.parse(iso)),
])
const traceId = z
  .string()
  .regex(/^[0-9a-f]{32}$/u, 'is not 32 lower-case hex digits')
  .optional()
const spanId = z
  .string()
  .regex(/^[0-9a-f]{16}$/u, 'is not 16 lower-case hex digits')
  .optional()
const parentSpanId = z
  .string()
  .regex(/^[0-9a-f]{16}$/u)
  .nullable()
  .default(null)

const line = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('call'),
    traceId,
    spanId,
    parentSpanId,
    agent,
    startedAt: time,
    latencySeconds: z.number().min(0),
    errorType: text,
    operation: z.union([z.enum(OPERATIONS), z.string().min(1).max(128)]).default('chat'),
    provider: text,
    requestModel: text,
    responseModel: text,
    responseId: text,
    systemFingerprint: text,
    finishReason: text,
    promptName: text,
    promptVersion: text,
    promptHash: text,
    toolsHash: text,
    dataVersion: text,
    inputHash: text,
    segment: text,
    conversationId: text,
    userHash: text,
    variant: z.string().min(1).max(256).default('control'),
    origin: z.enum(ORIGINS).default('production'),
    outputShape: z.enum(OUTPUT_SHAPES).nullable().default(null),
    outputCharacters: count,
    inputTokens: count,
    outputTokens: count,
    attempts: count,
    samplingProbability: z.number().gt(0).max(1).nullable().default(null),
    input: z.string().nullable().default(null),
    output: z.string().nullable().default(null),
  }),
  z.strictObject({
    type: z.literal('validation'),
    traceId,
    spanId,
    parentSpanId,
    agent,
    at: time,
    responseId: text,
    outcome: z.enum(VALIDATION_OUTCOMES),
    schemaName: text,
    schemaHash: text,
    issues: z.array(z.string()).max(20).default([]),
  }),
  z.strictObject({
    type: z.literal('decision'),
    traceId,
    spanId,
    parentSpanId,
    agent,
    at: time,
    route: z.enum(ROUTES),
    reason: text,
    confidence: z.number().nullable().default(null),
    conversationId: text,
  }),
])

/**
 * One line of JSON as a record. Without ids they are made from the line itself, so that the same file may be imported
 * again without duplicates.
 * @throws {TidemarkError} `import_invalid`, naming the line and each value
 */
export function readRecordLine(json: string, number: number): RecordLine {
  const result = line.safeParse(parseJson(json, number))
  if (!result.success)
    throw invalid(
      number,
      result.error.issues.map((issue) => `${issue.path.join('.') || 'the line'}: ${issue.message}`).join('; '),
    )
  const digest = createHash('sha256').update(json).digest('hex')
  return {
    ...result.data,
    traceId: result.data.traceId ?? digest.slice(0, 32),
    spanId: result.data.spanId ?? digest.slice(32, 48),
  }
}

/** Sorts lines into the batch that the store takes. */
export function batchOfLines(lines: readonly RecordLine[]): TelemetryBatch {
  return {
    calls: lines.filter((one) => one.type === 'call'),
    validations: lines.filter((one) => one.type === 'validation'),
    decisions: lines.filter((one) => one.type === 'decision'),
  }
}

function parseJson(json: string, number: number): unknown {
  try {
    return JSON.parse(json)
  } catch (cause) {
    throw invalid(number, `no JSON (${cause instanceof Error ? cause.message : 'unknown'})`)
  }
}

function invalid(number: number, what: string): TidemarkError {
  return new TidemarkError(
    'import_invalid',
    `Line ${number} is no record: ${what}.`,
    'Correct the line and import again; lines that are stored already are skipped.',
  )
}
