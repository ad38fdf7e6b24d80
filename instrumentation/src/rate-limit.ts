import { TIDEMARK } from './semconv.ts'
import type { Attributes } from './telemetry.ts'

/** What a provider says is left of the caller's quota, by the headers that OpenAI began with and others took over. */
export function rateLimitAttributes(headers: Headers): Attributes {
  const attributes: Attributes = {}
  for (const [header, attribute] of HEADERS) {
    const value = headers.get(header)
    if (value !== null && /^\d{1,15}$/u.test(value)) attributes[attribute] = Number(value)
  }
  return attributes
}

const HEADERS = [
  ['x-ratelimit-limit-requests', TIDEMARK.rateLimitRequests],
  ['x-ratelimit-remaining-requests', TIDEMARK.rateLimitRemainingRequests],
  ['x-ratelimit-limit-tokens', TIDEMARK.rateLimitTokens],
  ['x-ratelimit-remaining-tokens', TIDEMARK.rateLimitRemainingTokens],
] as const
