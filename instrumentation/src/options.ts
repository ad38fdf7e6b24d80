import type { MeterProvider, TracerProvider } from './telemetry.ts'
import { z } from 'zod'
import { TidemarkError } from './errors.ts'
import type { EscalationRecord } from './escalation.ts'
import { ESCALATION_REASONS, ORIGINS } from './semconv.ts'

const word = z.string().min(1).max(200)

/** Tells functions and provider objects from typing mistakes; their inside is checked where they are used. */
function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

/** Limits of the retries. Number of attempts and timeout of one attempt come from the client. */
export const retryOptions = z.strictObject({
  /** First wait is drawn below this, milliseconds. Doubles with each attempt. */
  baseMilliseconds: z.number().positive().default(500),
  /** No drawn wait is longer, milliseconds. */
  capMilliseconds: z.number().positive().default(8000),
  /** A server that asks for a longer wait gets none: the operation ends with its answer, milliseconds. */
  maximumWaitMilliseconds: z.number().positive().default(60_000),
  /** Limit of the whole operation, waits included, milliseconds. By default (retries + 1) × timeout + waits. */
  deadlineMilliseconds: z.number().positive().optional(),
  /** Tokens a provider's budget holds; 0 switches the budget off. A retry costs 14, after a 429 5; a success gives back. */
  budgetTokens: z.number().nonnegative().default(500),
})
/**
 * Limits of the retries, every default filled in.
 * @interface
 */
export type RetryOptions = z.output<typeof retryOptions>

export const tidemarkOptions = z.strictObject({
  /** Name of the agent: label of all its metrics, key of its baseline. */
  agent: word,
  /** Version of the agent's code. */
  agentVersion: word.optional(),
  /** Name of the prompt template. */
  promptName: word.optional(),
  /** Version of the prompt template: a new one is a change event, never a stratum. */
  promptVersion: word.optional(),
  /** The prompt template before values are filled in: hashed, never sent. Without it the system text is masked and hashed. */
  promptTemplate: z.string().optional(),
  /** Version of the data the agent reads: index build, catalogue date. */
  dataVersion: word.optional(),
  /** Stratum of the cases: ticket category, tenant tier. Few values (at most 50 are told apart). */
  segment: word.optional(),
  /** Canary or A/B arm. */
  variant: word.optional(),
  /** `production` unless set; `harness` and `sentinel` calls never enter the production streams. */
  origin: z.enum(ORIGINS).optional(),
  /** Base URL of the evaluator. Without it escalations stay in the outbox until a process that knows one adopts them. */
  endpoint: z.url({ protocol: /^https?$/u }).optional(),
  /** Bearer token of the evaluator. */
  token: z.string().min(1).optional(),
  /** Folder of the outbox; `false` for none: `escalate` then resolves only on the queue's 201. */
  outbox: z.union([z.string().min(1), z.literal(false)]).optional(),
  /** The outbox refuses more than this, bytes. */
  outboxMaximumBytes: z
    .number()
    .int()
    .positive()
    .default(64 * 1024 * 1024),
  /** Reasons of the team's own, besides the known ones. */
  escalationReasons: z
    .array(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/u, 'use snake_case, at most 64 characters'))
    .max(10)
    .refine((reasons) => reasons.every((reason) => !ESCALATION_REASONS.some((known) => known === reason)), {
      message: `${ESCALATION_REASONS.join(', ')} are always there: list only further reasons`,
    })
    .default([]),
  /** Called once for every stored escalation, for the team's own channel; its failure changes nothing. */
  notify: z.custom<(escalation: EscalationRecord) => void | Promise<void>>(isFunction, 'must be a function').optional(),
  /** Whether telemetry carries text. The environment variable of the convention is read when this is not set. */
  content: z.enum(['none', 'sampled', 'all']).optional(),
  /** With `content: 'sampled'`: the share of conversations (else traces) per day that carry text. */
  contentProbability: z.number().gt(0).max(1).default(0.05),
  /** Content attributes are cut to this, UTF-16 units. */
  contentMaximumCharacters: z.number().int().positive().default(8192),
  /** Runs over every text before it leaves the process: telemetry content and escalations. */
  redact: z.custom<(text: string) => string>(isFunction, 'must be a function').optional(),
  /** Key of all hashes. Without it `TIDEMARK_HASH_KEY`, else a file beside the outbox. */
  hashKey: z.string().min(16, 'use at least 16 characters, e.g. from `openssl rand -hex 32`').optional(),
  /** `false` leaves the client's own retries in place and still sees each attempt. */
  retry: z.union([z.literal(false), retryOptions]).prefault({}),
  /** Gets each span of ours as one line of JSON when it ends, with or without an SDK. */
  structuredLog: z.custom<(line: string) => void>(isFunction, 'must be a function').optional(),
  /** Which names the client metrics of the convention have. */
  semconv: z.enum(['v1', 'inference']).default('v1'),
  /** `evaluator`: no counters are exported, the evaluator derives them from spans (short-lived instances). */
  metrics: z.enum(['otlp', 'evaluator']).default('otlp'),
  /** US dollars of a call; `undefined` for a model without a known price: counted as unknown, never as 0. */
  price: z.custom<PriceFunction>(isFunction, 'must be a function').optional(),
  /** Used instead of the global one. */
  tracerProvider: z
    .custom<TracerProvider>(hasMethod('getTracer'), 'must be a TracerProvider of @opentelemetry/api')
    .optional(),
  /** Used instead of the global one. */
  meterProvider: z
    .custom<MeterProvider>(hasMethod('getMeter'), 'must be a MeterProvider of @opentelemetry/api')
    .optional(),
})

/** What was used, for a price; tokens as billed, cached and reasoning tokens are parts of input and output. */
export interface Usage {
  readonly provider: string
  readonly model: string
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadInputTokens: number
  readonly reasoningOutputTokens: number
}
/** US dollars of a call; `undefined` where the model's price is not known. */
export type PriceFunction = (usage: Usage) => number | undefined

const fetchRetry = retryOptions.extend({
  /** Retries after the first attempt. */
  maxRetries: z.number().int().nonnegative(),
  /** Limit of one attempt until its headers, and of its body when read as text, milliseconds. */
  timeoutMilliseconds: z.number().positive(),
})
/**
 * Retries of `tidemark.fetch`, whose caller has no client to inherit limits from.
 * @interface
 */
export type FetchRetry = z.input<typeof fetchRetry>

/** Checks the retries of `tidemark.fetch` and fills in the defaults. */
export function resolveFetchRetry(retry: FetchRetry): z.output<typeof fetchRetry> {
  const result = fetchRetry.safeParse(retry)
  if (result.success) return result.data
  throw new TidemarkError('options_invalid', `tidemark.fetch: ${z.prettifyError(result.error)}`, {
    cause: result.error,
  })
}

/**
 * Options as the caller writes them; only `agent` is required.
 * @interface
 */
export type TidemarkOptions = z.input<typeof tidemarkOptions>
/** Options with every default filled in. */
export type ResolvedOptions = z.output<typeof tidemarkOptions>

/** Checks the caller's options once and fills in the defaults. */
export function resolveOptions(options: TidemarkOptions): ResolvedOptions {
  const result = tidemarkOptions.safeParse(options)
  if (result.success) return result.data
  throw new TidemarkError(
    'options_invalid',
    `createTidemark: ${z.prettifyError(result.error)}. See the options table of @tidemark/instrumentation.`,
    { cause: result.error },
  )
}

function hasMethod(name: string): (value: unknown) => boolean {
  return (value) => typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
}
