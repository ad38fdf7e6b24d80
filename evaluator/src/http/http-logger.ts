/** What the HTTP layer writes to; a pino logger is one. */
export type HttpLogger = {
  readonly warn: (details: object, message: string) => void
  readonly error: (details: object, message: string) => void
}
