import { fieldOf, textOf } from './untyped.ts'

/** A thrown error as a short name for `error.type`: the system's or undici's code, else the error's class, never its message. */
export function errorTypeOf(error: unknown): string {
  if (error instanceof Error) {
    if (error.name === 'TimeoutError') return 'timeout'
    if (error.name === 'AbortError') return 'aborted'
    return codeOf(error.cause) ?? codeOf(error) ?? error.constructor.name
  }
  return '_OTHER'
}

/** What an abort by the caller is recorded as, whatever reason he gave. */
export function aborted(): DOMException {
  return new DOMException('aborted by the caller', 'AbortError')
}

/** What an attempt is recorded as that its client has given up for its time: transports report an abort. */
export function timedOut(cause: unknown): DOMException {
  return new DOMException('timed out by the client', { name: 'TimeoutError', cause })
}

function codeOf(error: unknown): string | undefined {
  const code = textOf(fieldOf(error, 'code'))
  return code !== undefined && /^[A-Z][A-Z0-9_]{1,63}$/u.test(code) ? code : undefined
}
