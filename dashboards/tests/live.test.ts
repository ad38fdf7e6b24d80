import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderAlerts } from '../../alerts/render.ts'
import { resolveComponent } from '../../scripts/components.ts'
import { BUILDS } from '../../scripts/components/pinned.ts'
import { freePort } from '../../tests/stack/free-port.ts'
import { waitFor } from '../../tests/stack/polling.ts'
import { startPrometheus, type Prometheus } from '../../tests/stack/prometheus.ts'
import { haveComponents } from '../../tests/stack/component-or-skip.ts'
import { DEFAULT_DEFINITIONS } from '../../evaluator/src/scoring/scored-call.ts'
import { dashboards } from '../src/dashboards.ts'

const TIDEMARK = fileURLToPath(new URL('../../evaluator/bin/tidemark.js', import.meta.url))
const AGENT = 'support-triage'
/** Debian's build of Prometheus takes no OTLP, which the agent's own metrics need. */
const available = (await haveComponents('prometheus')) && (await isPinned())

describe.skipIf(!available)('the dashboard on the demo, through the real Prometheus and the shipped rules', () => {
  let prometheus: Prometheus
  let demo: ChildProcess

  beforeAll(async () => {
    const port = await freePort()
    const files = renderAlerts({
      tidemarkUrl: 'http://tidemark.test',
      grafanaUrl: 'http://grafana.test',
      evaluator: `127.0.0.1:${port}`,
      interval: '1s',
    })
    prometheus = await startPrometheus({ files, otlp: true })
    // long enough for several exports of the agent's counters, or there is no increase to see
    const options = ['--days', '30', '--per-day', '100', '--change-day', '6', '--port', String(port)]
    const metrics = ['--metrics-endpoint', `${prometheus.url}/api/v1/otlp/v1/metrics`]
    demo = spawn(process.execPath, [TIDEMARK, 'demo', ...options, ...metrics], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    await waitFor(
      async () =>
        (await prometheus.query(`tidemark_drift_verdict{gen_ai_agent_name="${AGENT}",verdict="drift"} == 1`)).length >
        0,
      { what: 'the verdict of the demo in Prometheus', withinMilliseconds: 90_000 },
    )
  })

  afterAll(async () => {
    if (demo !== undefined && demo.exitCode === null) {
      demo.kill('SIGINT')
      await once(demo, 'exit')
    }
    await prometheus?.stop()
  })

  test.each(queries())('%s shows something: %s', async (_, query) => {
    const samples = await waitFor(
      async () => {
        const found = await prometheus.query(query)
        return found.length > 0 && found
      },
      { what: query, withinMilliseconds: 60_000 },
    )
    for (const { value } of samples) expect(Number.isNaN(value)).toBe(false)
  })

  test('the verdict panel stands at drift, and the form panel shows fences in place of JSON', async () => {
    const [, verdict = ''] = queries().find(([title]) => title === 'Verdict') ?? []
    expect((await prometheus.query(verdict))[0]?.value).toBe(3)
    const [, forms = ''] = queries().find(([title]) => title === 'Form of the answers') ?? []
    const share = (await prometheus.query(forms)).find(
      ({ metric }) => metric['bin'] === 'json_fenced' && metric['window'] === 'current',
    )
    expect(share?.value).toBeGreaterThan(0.5)
  })
})

/** Every query of a panel, with the variables of the dashboard filled in. */
function queries(): [title: string, query: string][] {
  const panels = [...dashboards().values()].flatMap((dashboard) => dashboard.panels ?? [])
  return panels.flatMap((panel) => {
    const { title, targets } = panelParts(panel)
    const isRepeated = title === '$score'
    const scores = isRepeated
      ? DEFAULT_DEFINITIONS.filter(({ kind }) => kind !== 'categorical').map(({ name }) => name)
      : ['']
    return scores.flatMap((score) =>
      targets.map((expression): [string, string] => [
        isRepeated ? score : title,
        expression.replaceAll('$agent', AGENT).replaceAll('$score', score),
      ]),
    )
  })
}

function panelParts(panel: object): { title: string; targets: string[] } {
  const title: unknown = Reflect.get(panel, 'title')
  const targets: unknown = Reflect.get(panel, 'targets')
  if (typeof title !== 'string' || !Array.isArray(targets)) throw new Error('a panel has no title or no targets')
  return { title, targets: targets.map((target: object) => String(Reflect.get(target, 'expr'))) }
}

async function isPinned(): Promise<boolean> {
  const found = await resolveComponent('prometheus', { build: false })
  const pinned = BUILDS.find(({ name }) => name === 'prometheus')?.version
  return !('missing' in found) && found.version === pinned
}
