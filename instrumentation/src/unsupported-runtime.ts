import { TidemarkError } from './errors.ts'

export { genaiPrices } from './genai-prices.ts'
export { TidemarkError }

/** Stands in for the package in a browser, so that one error says why instead of a missing module. */
export const createTidemark: never = refuse()

function refuse(): never {
  throw new TidemarkError(
    'runtime_unsupported',
    '@tidemark/instrumentation needs AsyncLocalStorage, which a browser does not have. Import it where the calls are made: a Node process, a Cloudflare Worker or an edge function.',
  )
}
