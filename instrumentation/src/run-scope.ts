import { AsyncLocalStorage } from 'node:async_hooks'
import type { Origin } from './semconv.ts'

/** What a caller knows of the work in hand; every call, validation and decision inside carries it. */
export interface RunScope {
  /** Name of the prompt template. */
  readonly promptName?: string
  /** A new version is a change event, never a stratum. */
  readonly promptVersion?: string
  /** The prompt template itself, before values are filled in: hashed, never sent. Without it the system text is masked and hashed. */
  readonly promptTemplate?: string
  /** Version of the agent's code. */
  readonly agentVersion?: string
  /** Version of the data the agent reads: index build, catalogue date. */
  readonly dataVersion?: string
  /** Id of the end user: only its keyed hash leaves the process. */
  readonly user?: string
  /** Id of the conversation, sent as `gen_ai.conversation.id`. */
  readonly conversation?: string
  /** Stratum of the case: ticket category, tenant tier. Few values (at most 50 are told apart). */
  readonly segment?: string
  /** Canary or A/B arm. */
  readonly variant?: string
  /** `harness` and `sentinel` calls never enter the production streams. */
  readonly origin?: Origin
}

const storage = new AsyncLocalStorage<RunScope>()

/** Runs `fn` inside `scope`; a scope inside a scope adds to the outer one and wins where both say something. */
export function runInScope<Result>(scope: RunScope, fn: () => Result): Result {
  return storage.run({ ...storage.getStore(), ...scope }, fn)
}

/** The caller's options, overruled by the scopes around this line of execution. */
export function currentScope(defaults: RunScope): RunScope {
  const scope = storage.getStore()
  return scope === undefined ? defaults : { ...defaults, ...scope }
}
