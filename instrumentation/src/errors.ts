/** Every error that Tidemark itself throws in an agent's process. Errors of the provider's client are never replaced. */
export type TidemarkErrorCode =
  /** `createTidemark` got an option it does not know or cannot use. */
  | 'options_invalid'
  /** `instrument` got something that is not a client of the openai package. */
  | 'client_unsupported'
  /** `validate` got neither a text nor a completion, response or message. */
  | 'validation_source_invalid'
  /** `decide` or `escalate` got arguments a reviewer could not work with. */
  | 'escalation_invalid'
  /** The escalation is neither in the review queue nor in the outbox: the caller still owns the case. */
  | 'escalation_not_stored'
  /** The outbox has reached its size cap. */
  | 'outbox_full'
  /** The outbox cannot be written. */
  | 'outbox_unwritable'
  /** A package that is needed only for this is not installed. */
  | 'peer_missing'
  /** This runtime lacks what the instrumentation stands on. */
  | 'runtime_unsupported'

/** Has a `code` to switch on, a message that says what to do, and the `cause` where there is one. */
export class TidemarkError extends Error {
  override readonly name = 'TidemarkError'
  /** Stable; every code has a heading in docs/errors.md. */
  readonly code: TidemarkErrorCode

  constructor(code: TidemarkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
