import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { requireComponent } from '../../scripts/components.ts'
import { freePort } from './free-port.ts'
import { startProcess, type RealProcess } from './real-process.ts'
import { removeFolder, temporaryFolder } from './temporary-folder.ts'

export interface PrometheusOptions {
  /** Configuration files by path: `prometheus.yml`, and the rule files it names. What `renderAlerts` returns fits. */
  files: ReadonlyMap<string, string>
  /** An existing database, for instance one that `blocksFromOpenMetrics` filled. Kept at the end. Default: a new one. */
  dataFolder?: string
  /** Default: a free one. */
  port?: number
  /** Accept metrics by OTLP at `<url>/api/v1/otlp/v1/metrics`. Debian's build of Prometheus cannot. Default false. */
  otlp?: boolean
  flags?: readonly string[]
}

export interface Prometheus extends RealProcess {
  /** `http://127.0.0.1:<port>` */
  url: string
  /** The same as Prometheus' configuration wants it: `127.0.0.1:<port>`. */
  target: string
  /** An instant query. Throws with Prometheus' own message when it refuses. */
  query: (expression: string, atUnixSeconds?: number) => Promise<Sample[]>
  /** The alerts that are pending or firing now. */
  alerts: () => Promise<ActiveAlert[]>
}

export interface Sample {
  metric: Record<string, string>
  value: number
}

export type ActiveAlert = z.infer<typeof activeAlert>

const names = z.record(z.string(), z.string())
const activeAlert = z.object({ labels: names, annotations: names, state: z.enum(['pending', 'firing']) })
const queryResult = z.object({ result: z.array(z.object({ metric: names, value: z.tuple([z.number(), z.string()]) })) })

/** Starts the real Prometheus on loopback and waits until it is ready. `stop()` removes what it made. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const { files, dataFolder, otlp = false, flags = [] } = options
  const command = await requireComponent('prometheus')
  const folder = temporaryFolder('prometheus')
  writeFiles(files, folder)
  const target = `127.0.0.1:${options.port ?? (await freePort())}`
  const url = `http://${target}`
  const parameters = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${dataFolder ?? join(folder, 'data')}`,
    // by default data older than 15 days is deleted at the start, and tests bring a year
    '--storage.tsdb.retention.time=500d',
    `--web.listen-address=${target}`,
    `--web.external-url=${url}`,
    ...(otlp ? ['--web.enable-otlp-receiver'] : []),
    ...flags,
  ]
  const child = await startProcess({ name: 'prometheus', command, parameters, folder, readyUrl: `${url}/-/ready` })
  const stop = async (): Promise<void> => {
    await child.stop()
    removeFolder(folder)
  }
  return {
    ...child,
    stop,
    url,
    target,
    query: async (expression, atUnixSeconds) => {
      const time = atUnixSeconds === undefined ? {} : { time: String(atUnixSeconds) }
      const parameters = new URLSearchParams({ query: expression, ...time }).toString()
      const { result } = await ask(`${url}/api/v1/query?${parameters}`, queryResult)
      return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
    },
    alerts: async () => (await ask(`${url}/api/v1/alerts`, z.object({ alerts: z.array(activeAlert) }))).alerts,
  }
}

export function writeFiles(files: ReadonlyMap<string, string>, folder: string): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

async function ask<T>(url: string, data: z.ZodType<T>): Promise<T> {
  const answer = z.discriminatedUnion('status', [
    z.object({ status: z.literal('success'), data }),
    z.object({ status: z.literal('error'), error: z.string() }),
  ])
  const body = answer.parse(await (await fetch(url)).json())
  if (body.status === 'error') throw new Error(`${body.error}: ${decodeURIComponent(url)}`)
  return body.data
}
