import type { Caller } from './access.ts'

/** What handlers find in the context of a request once access was granted, or why it was not. */
export type HttpEnvironment = {
  Variables: {
    caller: Caller
    isChallenge: boolean
  }
}
