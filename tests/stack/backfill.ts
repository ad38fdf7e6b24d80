import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { requireComponent } from '../../scripts/components.ts'

const run = promisify(execFile)

/**
 * Turns an OpenMetrics file with timestamps into blocks of a Prometheus database, for `startPrometheus({ dataFolder })`.
 * Start Prometheus after this, and do not fill the folder of a running one.
 */
export async function blocksFromOpenMetrics(openMetricsFile: string, dataFolder: string): Promise<void> {
  await run(await requireComponent('promtool'), [
    'tsdb',
    'create-blocks-from',
    'openmetrics',
    '--quiet',
    openMetricsFile,
    dataFolder,
  ])
}

export interface RuleHistory {
  /** A running Prometheus that has the raw series. */
  prometheusUrl: string
  ruleFiles: readonly string[]
  /** Unix seconds. */
  from: number
  to: number
  /** Seconds between samples of the groups that name no interval. Default 60. */
  everySeconds?: number
  /** Blocks are written here; a Prometheus that starts on the folder has them. */
  dataFolder: string
}

/**
 * Computes recording rules over the past. Rules that look back on what other rules kept find nothing in a database that
 * was filled from a file, until this has been run once per level of rules.
 */
export async function blocksFromRules(history: RuleHistory): Promise<void> {
  const { prometheusUrl, ruleFiles, from, to, everySeconds = 60, dataFolder } = history
  const parameters = [
    `--start=${from}`,
    `--end=${to}`,
    `--eval-interval=${everySeconds}s`,
    `--url=${prometheusUrl}`,
    `--output-dir=${dataFolder}`,
  ]
  await run(await requireComponent('promtool'), ['tsdb', 'create-blocks-from', 'rules', ...parameters, ...ruleFiles])
}
