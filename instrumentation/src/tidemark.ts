import type { Decision, DecisionRequest } from './decision.ts'
import { TidemarkError } from './errors.ts'
import type { Escalation, EscalationRequest } from './escalation.ts'
import type { Fetch } from './fetch-seam.ts'
import type { OpenAIClient } from './openai-client.ts'
import { resolveOptions, type RetryOptions, type TidemarkOptions } from './options.ts'
import { runInScope, type RunScope } from './run-scope.ts'
import type { StandardSchema } from './standard-schema.ts'
import type { ToolSchemas, ValidateOptions, Validation, ValidationSource, ValueOf } from './validation.ts'

/** Retries of `tidemark.fetch`, whose caller has no client to inherit limits from. */
export interface FetchRetry extends Partial<RetryOptions> {
  /** Retries after the first attempt. */
  readonly maxRetries: number
  /** Limit of one attempt, headers and body, milliseconds. */
  readonly timeoutMilliseconds: number
}

/** One agent's instrumentation. */
export interface Tidemark {
  /** A clone of the client whose calls are seen; the client given stays as it was. */
  instrument<Client extends OpenAIClient>(client: Client): Client
  /** A fetch for every other SDK that takes one. It retries only with `retry`, since those SDKs retry themselves. */
  fetch(inner?: Fetch, options?: { readonly retry?: FetchRetry }): Fetch
  /** Checks an answer; the value exists only where the schema accepted it. Never throws for what a model wrote. */
  validate<Schema extends StandardSchema | ToolSchemas>(
    schema: Schema,
    source: ValidationSource,
    options?: ValidateOptions,
  ): Promise<Validation<ValueOf<Schema>>>
  /** Asks the model, validates, applies policy and confidence, and hands to a person what is left. */
  decide<Schema extends StandardSchema | ToolSchemas>(
    request: DecisionRequest<Schema>,
  ): Promise<Decision<ValueOf<Schema>>>
  /** Resolves once the case is in the review queue or on disk; rejects with `escalation_not_stored` and its cause otherwise. */
  escalate(request: EscalationRequest): Promise<Escalation>
  /** Adds what is known of the work in hand to every call inside. */
  run<Result>(scope: RunScope, fn: () => Result): Result
  /** Delivers escalations and telemetry for at most so many milliseconds (default 5,000). Never rejects. */
  flush(milliseconds?: number): Promise<void>
  /** `flush`, then ends open spans and gives the outbox free for other processes. */
  shutdown(milliseconds?: number): Promise<void>
}

export function createTidemark(options: TidemarkOptions): Tidemark {
  resolveOptions(options)
  const missing = (): never => {
    throw new TidemarkError('options_invalid', 'This part of the first cut is being built: pull again.')
  }
  return {
    instrument: missing,
    fetch: missing,
    validate: missing,
    decide: missing,
    escalate: missing,
    run: runInScope,
    flush: missing,
    shutdown: missing,
  }
}
