import { TidemarkError } from './errors.ts'

export { genaiPrices } from './genai-prices.ts'
export { TidemarkError }

/** Stands in for the package where Node's modules are missing, so that one error says why instead of a missing module. */
export const createTidemark: never = refuse()

function refuse(): never {
  throw new TidemarkError(
    'runtime_unsupported',
    '@tidemark/instrumentation needs node:async_hooks, node:crypto and node:fs, which a browser or this edge runtime does not have. Import it in the Node process that makes the calls; in Next.js set `runtime = "nodejs"` for that route.',
  )
}
