/**
 * Writes rules, Prometheus and Alertmanager configuration with a user's own addresses:
 * `node alerts/render.ts --tidemark-url U --grafana-url G --out DIR`. The committed files carry placeholders.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { RenderError } from './render-error.ts'
import { inOfficeHours, scaleWaits } from './render-time.ts'

/** The addresses that the committed files carry, replaced nowhere but here. */
export const PLACEHOLDER = {
  tidemark: 'https://tidemark.example.org',
  grafana: 'https://grafana.example.org',
  runbook: 'https://tidemark.example.org/runbook',
  evaluator: '127.0.0.1:8433',
  alertmanager: '127.0.0.1:9093',
} as const

export interface RenderOptions {
  /** Where people open Tidemark; its pages are linked from every page and ticket. */
  tidemarkUrl: string
  /** Where people open Grafana. */
  grafanaUrl: string
  /** Where people read `docs/runbook.md`. Default: `/runbook` of Tidemark. */
  runbookUrl?: string
  /** `host:port` of the evaluator, as Prometheus reaches it. Default 127.0.0.1:8433. */
  evaluator?: string
  /** `host:port` of Alertmanager, as Prometheus reaches it. Default 127.0.0.1:9093. */
  alertmanager?: string
  /** Sends every receiver to `<webhookUrl>/<receiver>` instead of to the address in its secret file. */
  webhookUrl?: string
  /** When tickets may arrive: `HH:MM-HH:MM` from Monday to Friday, or `always`. Default 08:00-18:00. */
  officeHours?: string
  /** Time zone of `officeHours`, as IANA names it. Default UTC. */
  timeZone?: string
  /**
   * How often metrics are read and rules evaluated, `1s` to `15s`. What waits for evaluations (`for`,
   * `keep_firing_for`, grouping) shrinks in proportion; windows and limits stay. Default 15s.
   */
  interval?: string
}

/** The rendered files, by their path below the output folder. Throws {@link RenderError} for an option it cannot use. */
export function renderAlerts(options: RenderOptions): Map<string, string> {
  const tidemark = address('--tidemark-url', options.tidemarkUrl)
  const replacements: [string, string][] = [
    // the runbook's address begins with Tidemark's, so it comes first
    [PLACEHOLDER.runbook, address('--runbook-url', options.runbookUrl ?? `${tidemark}/runbook`)],
    [PLACEHOLDER.tidemark, tidemark],
    [PLACEHOLDER.grafana, address('--grafana-url', options.grafanaUrl)],
    [PLACEHOLDER.evaluator, target('--evaluator', options.evaluator ?? PLACEHOLDER.evaluator)],
    [PLACEHOLDER.alertmanager, target('--alertmanager', options.alertmanager ?? PLACEHOLDER.alertmanager)],
  ]
  const webhook = options.webhookUrl === undefined ? undefined : address('--webhook-url', options.webhookUrl)
  const files = new Map<string, string>()
  for (const path of SHIPPED()) {
    let text = replaceAtOnce(readFileSync(join(import.meta.dirname, path), 'utf8'), replacements)
    if (path === 'alertmanager/alertmanager.yml') {
      if (webhook !== undefined) text = text.replaceAll(/url_file: \/run\/secrets\/(\w+)_url/gu, `url: ${webhook}/$1`)
      text = inOfficeHours(text, options.officeHours ?? '08:00-18:00', options.timeZone ?? 'UTC')
    }
    files.set(path, path.endsWith('.yml') ? scaleWaits(text, options.interval ?? '15s') : text)
  }
  return files
}

/** Writes rendered files below `folder`, which is made when it does not exist. */
export function writeRendered(files: ReadonlyMap<string, string>, folder: string): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

const SHIPPED = (): string[] => [
  'prometheus.yml',
  ...readdirSync(join(import.meta.dirname, 'rules'))
    .toSorted()
    .map((name) => `rules/${name}`),
  'alertmanager/alertmanager.yml',
  'alertmanager/templates/tidemark.tmpl',
]

/** One pass, so that an address which contains another placeholder is not replaced again. */
function replaceAtOnce(text: string, replacements: readonly [string, string][]): string {
  const pattern = new RegExp(replacements.map(([from]) => from.replaceAll('.', '\\.')).join('|'), 'gu')
  const byPlaceholder = new Map(replacements)
  return text.replaceAll(pattern, (found) => byPlaceholder.get(found) ?? found)
}

function address(option: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const isUsable = url !== undefined && /^https?:$/u.test(url.protocol) && url.search === '' && url.hash === ''
  if (isUsable) return url.href.replace(/\/+$/u, '')
  throw new RenderError(
    `${option} is '${value}'; give an address such as https://tidemark.my-company.net, without ? and #.`,
  )
}

function target(option: string, value: string): string {
  if (/^(\[[0-9a-f:]+\]|[a-z0-9._-]+):\d{1,5}$/iu.test(value)) return value
  throw new RenderError(`${option} is '${value}'; give host:port, such as ${PLACEHOLDER.evaluator}.`)
}

const USAGE = `Usage: node alerts/render.ts --tidemark-url URL --grafana-url URL --out FOLDER
  [--runbook-url URL] [--evaluator HOST:PORT] [--alertmanager HOST:PORT] [--webhook-url URL]
  [--office-hours 08:00-18:00|always] [--time-zone UTC] [--interval 15s]`

function main(): number {
  const text = { type: 'string' } as const
  try {
    const { values } = parseArgs({
      options: {
        'tidemark-url': text,
        'grafana-url': text,
        'runbook-url': text,
        'webhook-url': text,
        out: text,
        evaluator: text,
        alertmanager: text,
        'office-hours': text,
        'time-zone': text,
        interval: text,
      },
    })
    const { out, 'tidemark-url': tidemarkUrl, 'grafana-url': grafanaUrl } = values
    if (out === undefined || tidemarkUrl === undefined || grafanaUrl === undefined) {
      throw new RenderError('--tidemark-url, --grafana-url and --out are needed.')
    }
    const given = {
      runbookUrl: values['runbook-url'],
      webhookUrl: values['webhook-url'],
      evaluator: values.evaluator,
      alertmanager: values.alertmanager,
      officeHours: values['office-hours'],
      timeZone: values['time-zone'],
      interval: values.interval,
    }
    const files = renderAlerts({ tidemarkUrl, grafanaUrl, ...withoutUndefined(given) })
    writeRendered(files, out)
    console.log(
      `${files.size} files written to ${out}. Check them: promtool check config ${join(out, 'prometheus.yml')}`,
    )
    return 0
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
    return 2
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function withoutUndefined<T extends Record<string, string | undefined>>(values: T): Defined<T> {
  const result: Defined<T> = {}
  for (const key in values) {
    const value = values[key]
    if (value !== undefined) Object.assign(result, { [key]: value })
  }
  return result
}

if (import.meta.main) process.exitCode = main()
