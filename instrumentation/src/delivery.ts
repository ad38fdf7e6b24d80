import type { Fetch } from './attempts.ts'
import type { EscalationRecord } from './escalation.ts'
import { fieldOf, parsedJson } from './untyped.ts'

/** How an attempt to hand an escalation to the review queue ended. */
export type DeliveryOutcome =
  | { readonly kind: 'delivered' }
  /** Worth another try: unreachable, overloaded, or a token that somebody will mend. */
  | { readonly kind: 'later'; readonly why: string }
  /** The queue will never take it as it is. */
  | { readonly kind: 'refused'; readonly why: string }

export interface DeliverySettings {
  readonly endpoint: string
  readonly token: string | undefined
  readonly fetch: Fetch
}

const REFUSED = new Set([400, 413, 415, 422])

/** Posts one escalation. At least once: the id is the idempotency key, and an answer that got lost is asked for again. */
export async function deliver(
  record: EscalationRecord,
  { endpoint, token, fetch }: DeliverySettings,
  timeoutMilliseconds: number,
): Promise<DeliveryOutcome> {
  try {
    const response = await fetch(`${endpoint.replace(/\/+$/u, '')}/v1/escalations`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': record.id,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(record),
      // a redirect is an answer that took nothing; Workers do not know `error`
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMilliseconds),
    })
    const text = await response.text()
    if (isTaken(response.status, text, record.id)) return { kind: 'delivered' }
    const why = `HTTP ${response.status} ${text.slice(0, 200)}`
    return { kind: REFUSED.has(response.status) ? 'refused' : 'later', why }
  } catch (error) {
    return { kind: 'later', why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
  }
}

/** 201: stored now. 200 and 409: stored before, by this id; a proxy's page of the same status has taken nothing. */
function isTaken(status: number, text: string, id: string): boolean {
  if (status === 201) return true
  return (status === 200 || status === 409) && fieldOf(parsedJson(text), 'id') === id
}
