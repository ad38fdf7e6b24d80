import { createHmac } from 'node:crypto'

/** A message as it leaves: what is signed is what is sent, byte for byte. */
export type WebhookMessage = { readonly id: string; readonly body: string }

/**
 * Headers of a message, as the Standard Webhooks specification 1.0 has them: id, time of sending in seconds, and the
 * Base64 HMAC-SHA-256 of `id.time.body`. A receiver refuses what is older than a few minutes and what it has seen.
 * @param secret UTF-8 text; with the prefix `whsec_` the rest is Base64, as the specification's libraries write keys
 */
export function webhookHeaders(
  { id, body }: WebhookMessage,
  { secret, now }: { readonly secret: string; readonly now: number },
): Record<string, string> {
  const seconds = String(Math.trunc(now / 1000))
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64')
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': `v1,${signature}`,
  }
}

const PREFIX = 'whsec_'

function keyOf(secret: string): Buffer {
  return secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret, 'utf8')
}
