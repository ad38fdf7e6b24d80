import { renderAlerts, type RenderOptions } from '../../alerts/render.ts'
import { startAlertmanager, type Alertmanager } from './alertmanager.ts'
import { freePort } from './free-port.ts'
import { startPrometheus, type Prometheus } from './prometheus.ts'
import { webhookReceiver, type WebhookReceiver } from './webhook-receiver.ts'

export interface AlertingOptions extends Pick<RenderOptions, 'tidemarkUrl' | 'grafanaUrl' | 'runbookUrl'> {
  /** `host:port` that answers `/metrics` as the evaluator does. */
  evaluator: string
  /** Default 1s, so that what takes minutes in operation takes seconds. */
  interval?: string
  /** A database filled before; see `blocksFromOpenMetrics`. */
  dataFolder?: string
  otlp?: boolean
}

export interface Alerting {
  prometheus: Prometheus
  alertmanager: Alertmanager
  webhook: WebhookReceiver
  stop: () => Promise<void>
}

/**
 * Prometheus with the shipped rules, Alertmanager with the shipped routes and template, and a receiver for what they
 * send, all on loopback. Tickets arrive at any hour.
 */
export async function startAlerting(options: AlertingOptions): Promise<Alerting> {
  const { evaluator, interval = '1s', dataFolder, otlp = false, ...addresses } = options
  const started: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const end of started.toReversed()) await end()
  }
  try {
    const webhook = await webhookReceiver()
    started.push(webhook.close)
    const port = await freePort()
    const files = renderAlerts({
      ...addresses,
      evaluator,
      interval,
      alertmanager: `127.0.0.1:${port}`,
      webhookUrl: webhook.url,
      officeHours: 'always',
    })
    const alertmanager = await startAlertmanager({ files, port })
    started.push(alertmanager.stop)
    // an alert that fires before Prometheus knows its Alertmanager is lost until it is sent again, by default a minute later
    const flags = ['--rules.alert.resend-delay=2s']
    const prometheus = await startPrometheus({
      files,
      otlp,
      flags,
      ...(dataFolder === undefined ? {} : { dataFolder }),
    })
    started.push(prometheus.stop)
    return { prometheus, alertmanager, webhook, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
