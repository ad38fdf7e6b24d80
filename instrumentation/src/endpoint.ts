import type { Fetch } from './attempts.ts'
import { providerName } from './provider-name.ts'
import { type Api, apiOfPath } from './request-facts.ts'

/** Where requests go. */
export interface Endpoint {
  readonly url: URL
  readonly api: Api
  /** Of the host; a client may know better. */
  readonly provider: string
  /** Provider, host and port: what shares a retry budget. */
  readonly budget: string
  /** Tells it from every other one. */
  readonly name: string
}

/** An agent has few: the last ones are remembered. */
const endpoints = new Map<string, Endpoint>()
const REMEMBERED_ENDPOINTS = 64

/** Where a request goes, `undefined` for endpoints that are not covered. */
export function endpointOf(input: Parameters<Fetch>[0]): Endpoint | undefined {
  const text = input instanceof Request ? input.url : String(input)
  const known = endpoints.get(text)
  if (known !== undefined) return known
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const api = apiOfPath(url.pathname)
  if (api === undefined) return undefined
  const provider = providerName(url.hostname)
  const endpoint = { url, api, provider, budget: `${provider} ${url.host}`, name: `${api} ${url.origin}` }
  if (endpoints.size >= REMEMBERED_ENDPOINTS) endpoints.clear()
  endpoints.set(text, endpoint)
  return endpoint
}
