import type { TidemarkOptions } from './options.ts'
import { createPortableHash } from './portable-hash.ts'
import { type Tidemark, wireTidemark } from './tidemark.ts'
import { fieldOf, textOf } from './untyped.ts'

/**
 * `createTidemark` for runtimes without a disk that have `AsyncLocalStorage`: Cloudflare Workers, Vercel's edge runtime.
 * An outbox is refused (`runtime_unsupported`), so `escalate` resolves only when the review queue has the case. Nothing
 * runs in the background, since such a runtime ends with its request: call `flush` before it does.
 */
export function createTidemark(options: TidemarkOptions): Tidemark {
  return wireTidemark(options, {
    // not every runtime shows variables as Node does
    variable: (name) => textOf(fieldOf(fieldOf(Reflect.get(globalThis, 'process'), 'env'), name)),
    createTextHash: createPortableHash,
    // timers belong to a request here, and this is outside of any
    later: () => () => undefined,
    disk: undefined,
  })
}
