import { join } from 'node:path'
import { z } from 'zod'
import { requireComponent } from '../../scripts/components.ts'
import { freePort } from './free-port.ts'
import { writeFiles } from './prometheus.ts'
import { startProcess, type RealProcess } from './real-process.ts'
import { removeFolder, temporaryFolder } from './temporary-folder.ts'

export interface AlertmanagerOptions {
  /** Configuration by path: `alertmanager/alertmanager.yml` and the templates it names. What `renderAlerts` returns fits. */
  files: ReadonlyMap<string, string>
  /** Default: a free one. */
  port?: number
  flags?: readonly string[]
}

export interface Alertmanager extends RealProcess {
  url: string
  /** `127.0.0.1:<port>`, for Prometheus' configuration. */
  target: string
  alerts: () => Promise<ReceivedAlert[]>
  /** Posts alerts as Prometheus would. */
  post: (alerts: readonly PostedAlert[]) => Promise<void>
}

export type ReceivedAlert = z.infer<typeof receivedAlert>

const names = z.record(z.string(), z.string())
const receivedAlert = z.object({
  labels: names,
  annotations: names,
  receivers: z.array(z.object({ name: z.string() })),
  status: z.object({
    state: z.enum(['active', 'suppressed', 'unprocessed']),
    inhibitedBy: z.array(z.string()),
    silencedBy: z.array(z.string()),
  }),
})

export interface PostedAlert {
  labels: Record<string, string>
  annotations?: Record<string, string>
  /** RFC 3339 */
  startsAt?: string
  endsAt?: string
}

/** Starts one real Alertmanager on loopback, without peers, and waits until it is ready. `stop()` removes what it made. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<Alertmanager> {
  const command = await requireComponent('alertmanager')
  const folder = temporaryFolder('alertmanager')
  writeFiles(options.files, folder)
  const target = `127.0.0.1:${options.port ?? (await freePort())}`
  const url = `http://${target}`
  const parameters = [
    `--config.file=${join(folder, 'alertmanager', 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'data')}`,
    '--cluster.listen-address=',
    `--web.listen-address=${target}`,
    `--web.external-url=${url}`,
    ...(options.flags ?? []),
  ]
  const child = await startProcess({ name: 'alertmanager', command, parameters, folder, readyUrl: `${url}/-/ready` })
  return {
    ...child,
    url,
    target,
    stop: async () => {
      await child.stop()
      removeFolder(folder)
    },
    alerts: async () => z.array(receivedAlert).parse(await (await fetch(`${url}/api/v2/alerts`)).json()),
    post: async (alerts) => {
      const body = JSON.stringify(alerts)
      const response = await fetch(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      if (!response.ok) throw new Error(`Alertmanager refused alerts: ${response.status} ${await response.text()}`)
    },
  }
}
