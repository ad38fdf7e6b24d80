import type { ExitCode } from '../exit-code.ts'

/** One thing that was looked at, and what to do about it. */
export type Finding = {
  readonly what: string
  readonly state: 'good' | 'warning' | 'bad'
  readonly detail: string
  readonly next: string
  /** Exit code where it is not the common one of a bad finding. */
  readonly code?: ExitCode
}

export function good(what: string, detail: string): Finding {
  return { what, state: 'good', detail, next: '' }
}

export function warning(what: string, detail: string, next: string): Finding {
  return { what, state: 'warning', detail, next }
}

export function bad(what: string, detail: string, next: string): Finding {
  return { what, state: 'bad', detail, next }
}
