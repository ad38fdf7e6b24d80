/** Stable codes of everything that can go wrong for a caller; `docs/errors.md` has a heading for each. */
export const ERROR_CODES = [
  'config_invalid',
  'config_unreadable',
  'agent_unknown',
  'baseline_exists',
  'baseline_too_small',
  'window_empty',
  'window_invalid',
  'argument_invalid',
  'body_too_large',
  'body_malformed',
  'content_type_unsupported',
  'content_encoding_unsupported',
  'unauthorized',
  'route_not_found',
  'escalation_invalid',
  'score_invalid',
  'change_invalid',
  'ingest_busy',
  'import_invalid',
  'store_unavailable',
  'store_too_new',
  'store_not_empty',
  'publish_failed',
  'listen_failed',
  'public_without_tokens',
  'recorded_data_invalid',
  'target_invalid',
  'examples_invalid',
  'run_invalid',
  'rubric_invalid',
  'internal',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/** An error for a person: `message` says what happened, with the value; `next` says what to do. */
export class TidemarkError extends Error {
  override readonly name = 'TidemarkError'
  readonly code: ErrorCode
  readonly next: string

  constructor(code: ErrorCode, message: string, next: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.next = next
  }
}

/** The same three facts on every border: JSON body, terminal, log. */
export function describeError(error: unknown): { code: ErrorCode; message: string; next: string } {
  if (error instanceof TidemarkError) return { code: error.code, message: error.message, next: error.next }
  return {
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    next: 'This is a defect of Tidemark: please report it with the log around this line.',
  }
}
