import type { Caller } from './access.ts'

/** What handlers find in the context of a request once access was granted, or why it was not. */
export type HttpEnvironment = {
  Variables: {
    caller: Caller
    isChallenge: boolean
    /** What the audit log says of the request, set by the handler. */
    auditAgent: string
    auditDetail: string
  }
  Bindings: RequestOrigin
}

/** Where a request comes from, as the server knows it and not as the request says. */
export type RequestOrigin = {
  /** Address of the other end of the connection; none where the app is asked without a connection. */
  readonly remoteAddress?: string
}
