import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { renderAlerts, writeRendered } from '../../alerts/render.ts'
import { startAlerting } from './alerting.ts'
import { blocksFromOpenMetrics, blocksFromRules } from './backfill.ts'
import { haveComponents } from './component-or-skip.ts'
import { startPrometheus } from './prometheus.ts'
import { removeFolder, temporaryFolder } from './temporary-folder.ts'
import { firing } from './webhook-receiver.ts'

const available = await haveComponents('promtool', 'prometheus', 'alertmanager')
const addresses = { tidemarkUrl: 'http://tidemark.test', grafanaUrl: 'http://grafana.test' }
const hour = 3600
const day = 24 * hour

describe.skipIf(!available)('history from an OpenMetrics file', () => {
  let folder = ''
  beforeEach(() => (folder = temporaryFolder('backfill')))
  afterEach(() => removeFolder(folder))

  test('is read by Prometheus, a year old or of today', async () => {
    const now = Math.floor(Date.now() / 1000)
    const data = join(folder, 'data')
    for (const [name, last] of [
      ['year', now - 365 * day],
      ['today', now - hour],
    ] as const) {
      writeFileSync(join(folder, `${name}.txt`), history(last))
      await blocksFromOpenMetrics(join(folder, `${name}.txt`), data)
    }
    const prometheus = await startPrometheus({ files: new Map([['prometheus.yml', 'global: {}\n']]), dataFolder: data })
    try {
      const at = async (time: number): Promise<number | undefined> =>
        (await prometheus.query('tidemark_drift_evidence', time))[0]?.value
      expect(await at(now - 365 * day)).toBe(812.4)
      expect(await at(now - 365 * day - day)).toBe(0.8)
      expect(await at(now - hour)).toBe(812.4)
      expect(await at(now - 2 * hour)).toBeUndefined()
    } finally {
      await prometheus.stop()
    }
  })

  // hundreds of small blocks on a busy machine: one more try, and what Prometheus knew where that fails too
  test('pages when the memory of the rules is computed over it', { retry: 1 }, async () => {
    const now = Math.floor(Date.now() / 1000)
    const data = join(folder, 'data')
    writeFileSync(join(folder, 'history.txt'), history(now - 5 * hour))
    await blocksFromOpenMetrics(join(folder, 'history.txt'), data)
    writeRendered(renderAlerts(addresses), folder)
    const before = await startPrometheus({ files: new Map([['prometheus.yml', 'global: {}\n']]), dataFolder: data })
    const ruleFiles = [join(folder, 'rules', 'recording.yml')]
    await blocksFromRules({
      prometheusUrl: before.url,
      ruleFiles,
      from: now - day,
      to: now - 4 * hour,
      dataFolder: data,
    })
    await before.stop()
    const stack = await startAlerting({ ...addresses, evaluator: '127.0.0.1:9', dataFolder: data })
    try {
      const page = await stack.webhook.waitFor(
        'the drift page',
        (n) => firing(n, 'AgentQualityDrift').length > 0,
        60_000,
      )
      expect(page.receiver).toBe('pager')
    } catch (cause) {
      const remembered = await stack.prometheus.query('agent:tidemark_drift_verdict:last3d')
      const alerts = await stack.prometheus.alerts()
      throw new Error(`no page; Prometheus has ${JSON.stringify({ remembered, alerts })}\n${stack.prometheus.log()}`, {
        cause,
      })
    } finally {
      await stack.stop()
    }
  })
})

/** One agent whose evaluator published once a day at the full hour, and drifted at the last of ten days. */
function history(lastUnixSeconds: number): string {
  const families: Record<string, string[]> = {}
  const add = (name: string, labels: string, value: number, at: number): void => {
    families[name] = [...(families[name] ?? []), `${name}{gen_ai_agent_name="a"${labels}} ${value} ${at}`]
  }
  for (let back = 9; back >= 0; back -= 1) {
    const at = lastUnixSeconds - back * day
    const hasDrifted = back === 0
    add('tidemark_drift_evidence', ',severity="page"', hasDrifted ? 812.4 : 0.8, at)
    add('tidemark_drift_threshold', ',severity="page"', 366, at)
    add('tidemark_drift_verdict', ',verdict="drift"', hasDrifted ? 1 : 0, at)
    add('tidemark_drift_verdict', ',verdict="stable"', hasDrifted ? 0 : 1, at)
  }
  const blocks = Object.entries(families).map(([name, samples]) => `# TYPE ${name} gauge\n${samples.join('\n')}\n`)
  return `${blocks.join('')}# EOF\n`
}
