import { createServer } from 'node:http'
import { z } from 'zod'
import { waitFor } from './polling.ts'

/** One notification as Alertmanager sent it. */
export interface Notification {
  /** Milliseconds since 1970. */
  at: number
  /** The last part of the address it came to: `pager`, `chat`, `changelog`, `heartbeat`. */
  receiver: string
  body: NotificationBody
}

/** The standard body, or title and text where a receiver has a payload of its own. */
export type NotificationBody = z.infer<typeof notificationBody>

const status = z.enum(['firing', 'resolved'])
const names = z.record(z.string(), z.string())
const notificationBody = z.looseObject({
  status: status.optional(),
  alerts: z.array(z.looseObject({ status, labels: names, annotations: names })).optional(),
  title: z.string().optional(),
  text: z.string().optional(),
})

export interface WebhookReceiver {
  /** `http://127.0.0.1:<port>`; give it to `renderAlerts` as `webhookUrl`. */
  url: string
  /** Everything received so far, oldest first. */
  received: readonly Notification[]
  /** The first notification that `isWanted`, already here or still to come. Throws when it does not come in time. */
  waitFor: (
    what: string,
    isWanted: (notification: Notification) => boolean,
    withinMilliseconds: number,
  ) => Promise<Notification>
  close: () => Promise<void>
}

/** A loopback server that records what Alertmanager sends to it. */
export async function webhookReceiver(): Promise<WebhookReceiver> {
  const received: Notification[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      received.push({
        at: Date.now(),
        receiver: (request.url ?? '').slice(1),
        body: notificationBody.parse(JSON.parse(body)),
      })
      response.end('ok')
    })
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the webhook receiver has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    waitFor: (what, isWanted, withinMilliseconds) =>
      waitFor(() => received.find(isWanted), { what, withinMilliseconds }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The alerts of a notification that fire, by the name of the alert. */
export const firing = ({ body }: Notification, alertname: string): NonNullable<NotificationBody['alerts']> =>
  (body.alerts ?? []).filter(({ status, labels }) => status === 'firing' && labels['alertname'] === alertname)
