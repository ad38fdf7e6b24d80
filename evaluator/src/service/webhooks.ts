import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { TidemarkError } from '../domain/errors.ts'
import { matchesGlob } from '../domain/agent-glob.ts'
import type { PublishSettings, WebhookSettings } from '../publish/publish-settings.ts'
import { webhookBody, type Happened } from '../publish/webhook-body.ts'
import { webhookHeaders } from '../publish/webhook-request.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import {
  dueDeliveries,
  endDelivery,
  insertDeliveries,
  takeDelivery,
  waitingWebhooks,
  type WebhookDelivery,
} from '../store/webhook-deliveries.ts'
import { secretText } from './secret-text.ts'

export type Webhooks = {
  /** Writes what there is to tell, inside the transaction of what happened. */
  tell(transaction: StoreDatabase, happened: Happened, now: number): Promise<void>
  /** Sends what is due; never throws for a receiver's sake. Returns how many arrived. */
  deliver(now: number): Promise<number>
}

const MINUTE = 60_000
const TIMEOUT_MILLISECONDS = 10_000
/** A receiver that is away for a day has missed too much for a webhook to mend. */
const GIVE_UP_AFTER = 24 * 60 * MINUTE
const LONGEST_WAIT = 60 * MINUTE
const AT_ONCE = 16

/**
 * Tells receivers of changes, at least once each and signed; who was told twice knows it by the id.
 * @throws {TidemarkError} `config_unreadable`, `config_invalid` for a secret that cannot be used
 */
export function createWebhooks({
  db,
  settings,
  logger,
}: {
  db: StoreDatabase
  settings: PublishSettings
  logger: Logger
}): Webhooks {
  const receivers = new Map(
    settings.webhooks.map((webhook) => [webhook.url, { webhook, secret: webhookSecret(webhook) }] as const),
  )

  async function attempt({ webhook: url, id, body, attempts, createdAt }: WebhookDelivery, now: number) {
    const receiver = receivers.get(url)
    if (receiver === undefined) {
      await endDelivery(db, id, 'given_up')
      return false
    }
    const problem = await send(url, body, webhookHeaders({ id, body }, { secret: receiver.secret, now }))
    if (problem === undefined) {
      await endDelivery(db, id, 'delivered')
      return true
    }
    const isLast = now - createdAt >= GIVE_UP_AFTER
    if (isLast) await endDelivery(db, id, 'given_up')
    const what = isLast ? 'a webhook was given up after a day' : 'a webhook was not taken and will be tried again'
    logger[isLast ? 'error' : 'warn']({ webhook: hostOf(url), id, attempts: attempts + 1, problem }, what)
    return false
  }

  /** A receiver hears of things in the order in which they happened, until it refuses one. */
  async function inOrder(queue: readonly WebhookDelivery[], now: number): Promise<number> {
    let arrived = 0
    for (const delivery of queue) {
      if (!(await takeDelivery(db, delivery, now + waitAfter(delivery.attempts)))) continue
      if (!(await attempt(delivery, now))) break
      arrived++
    }
    return arrived
  }

  return {
    async tell(transaction, happened, now) {
      const { agent } = happened.event === 'verdict.changed' ? happened.verdict : happened.incident
      const told = settings.webhooks.filter(
        ({ agents, events }) => events.includes(happened.event) && agents.some((glob) => matchesGlob(glob, agent)),
      )
      const bodyText = JSON.stringify(webhookBody(happened, { now, base: settings.url }))
      await insertDeliveries(
        transaction,
        told.map(({ url }) => ({ id: messageId(now), webhook: url, body: bodyText, createdAt: now })),
      )
    },
    async deliver(now) {
      // each has a queue of its own: one that is away must not stand before the others
      const arrived = await Promise.all(
        (await waitingWebhooks(db)).map(async (webhook) =>
          inOrder(await dueDeliveries(db, webhook, { now, limit: AT_ONCE }), now),
        ),
      )
      return arrived.reduce((sum, count) => sum + count, 0)
    },
  }
}

let messages = 0

/** Ids sort as the messages were made: by time, within one by number. */
function messageId(now: number): string {
  const number = (messages++ % 0x1_00_00_00).toString(16).padStart(6, '0')
  return `msg_${now.toString(16).padStart(12, '0')}${number}_${randomUUID()}`
}

/** Time to the next attempt: 1, 2, 4 … minutes, at most an hour. Longer than an attempt takes. */
function waitAfter(attempts: number): number {
  return Math.min(MINUTE * 2 ** Math.min(attempts, 10), LONGEST_WAIT)
}

/** Why a receiver did not take a message; undefined when it did. */
async function send(url: string, body: string, headers: Record<string, string>): Promise<string | undefined> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    })
    await response.body?.cancel()
    return response.ok ? undefined : `HTTP ${response.status}`
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown failure'
  }
}

/** Paths and queries of webhook addresses are often secrets; the host is enough to find the entry. */
function hostOf(url: string): string {
  return new URL(url).host
}

const SHORTEST_SECRET = 24

function webhookSecret({ url, secret }: WebhookSettings): string {
  const text = secretText(secret, `the secret of the webhook at ${hostOf(url)}`)
  if (text.length >= SHORTEST_SECRET) return text
  throw new TidemarkError(
    'config_invalid',
    `The secret of the webhook at ${hostOf(url)} has ${text.length} characters; ${SHORTEST_SECRET} are needed.`,
    'Make one with: openssl rand -base64 32',
  )
}
