import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve, tidemark, type Serving } from '../evaluator/tests/cli/tidemark-process.ts'
import { recordedData } from './recorded-data.ts'
import { startAlerting, type Alerting } from './stack/alerting.ts'
import { blocksFromOpenMetrics } from './stack/backfill.ts'
import { haveComponents } from './stack/component-or-skip.ts'
import { freePort } from './stack/free-port.ts'
import { waitFor } from './stack/polling.ts'
import { startPrometheus } from './stack/prometheus.ts'
import { firing, type Notification } from './stack/webhook-receiver.ts'

const PLAYBACK = fileURLToPath(new URL('../evaluator/playback/main.ts', import.meta.url))
const BEFORE = 'gpt-4o-2024-05-13@2024-08-11'
const AFTER = 'gpt-4o-2024-08-06@2024-08-11'
const DAY = 86_400_000

const data = recordedData('function-calls')
const available = (await haveComponents('promtool', 'prometheus', 'alertmanager')) && data !== undefined

type Result = {
  agent: string
  pageDay: number | null
  onsetDay: number | null
  causes: { kind: string; change: string }[]
}

/** A playback, then the evaluator serving its store to a real Prometheus whose rules feed a real Alertmanager. */
type Scene = {
  readonly folder: string
  readonly result: Result
  readonly config: string
  readonly alerting: Alerting
  readonly serving: Serving
}

describe.skipIf(!available)('the recorded gpt-4o update, played back', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await setUp(AFTER)
  })
  afterAll(() => tearDown(scene))

  test('sends one page, with onset, cause, model now, and links', async () => {
    const { agent } = scene.result
    // the recorded update also fails most validations, which is a page of its own
    const isDriftPage = (one: Notification): boolean =>
      one.receiver === 'pager' && firing(one, 'AgentQualityDrift').length > 0
    const page = await scene.alerting.webhook.waitFor('the drift page', isDriftPage, 60_000)
    const [alert, ...others] = firing(page, 'AgentQualityDrift')
    expect(others).toEqual([])
    expect(alert?.labels).toMatchObject({ gen_ai_agent_name: agent, severity: 'critical' })
    const onset = new Date(midnight() - (60 - 30) * DAY).toISOString().slice(0, 10)
    const { description = '', runbook_url = '', dashboard_url = '', verdict_url = '' } = alert?.annotations ?? {}
    expect(description).toContain(`since ${onset}`)
    expect(description).toContain('model (gpt-4o-2024-05-13 to gpt-4o-2024-08-06)')
    expect(description).toMatch(/Model now: gpt-4o-2024-08-06\.$/u)
    const runbook = await fetch(runbook_url)
    expect(runbook.status).toBe(200)
    expect(await runbook.text()).toContain(`id="${new URL(runbook_url).hash.slice(1)}"`)
    expect(dashboard_url).toContain('tidemark-drift')
    const verdictPage = await fetch(verdict_url)
    expect(verdictPage.status).toBe(200)
    expect(await verdictPage.text()).toContain('fenced_other')
  })

  test('its history reaches Prometheus by export and backfill, evidence on the right day', async () => {
    const file = join(scene.folder, 'history.om')
    const args = ['export', '--openmetrics', '--agent', scene.result.agent, '--out', file, '--config', scene.config]
    expect(await tidemark(args, scene.folder)).toMatchObject({ code: 0 })
    const dataFolder = join(scene.folder, 'tsdb')
    await blocksFromOpenMetrics(file, dataFolder)
    const files = new Map([['prometheus.yml', 'global: { scrape_interval: 15s }\n']])
    const prometheus = await startPrometheus({ files, dataFolder })
    try {
      const evidence = async (slotAt: number): Promise<number | undefined> =>
        (await prometheus.query('tidemark_drift_evidence{severity="page"}', slotAt / 1000))[0]?.value
      const slotOfDay31 = midnight() - (60 - 31) * DAY
      expect(await evidence(slotOfDay31 - DAY)).toBeLessThan(456.25)
      expect(await evidence(slotOfDay31)).toBeGreaterThan(456.25)
    } finally {
      await prometheus.stop()
    }
  })
})

describe.skipIf(!available)('the control of the same recordings', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await setUp(BEFORE)
  })
  afterAll(() => tearDown(scene))

  test('sends no page and no ticket about drift', async () => {
    const { prometheus, webhook } = scene.alerting
    await waitFor(
      async () => (await prometheus.query('agent:tidemark_drift_verdict:last3d{verdict="stable"} == 1')).length === 1,
      { what: 'the stable verdict in Prometheus', withinMilliseconds: 60_000 },
    )
    // evaluated on what was scraped, not before it: a rule that fired would be pending or firing now
    const rounds = await ruleRounds(scene.alerting)
    await waitFor(async () => (await ruleRounds(scene.alerting)) >= rounds + 5, {
      what: 'five rounds of rules',
      withinMilliseconds: 60_000,
    })
    expect((await prometheus.alerts()).map(({ labels }) => labels['alertname'])).not.toContain('AgentQualityDrift')
    expect(webhook.received.filter(({ receiver }) => receiver === 'pager')).toEqual([])
  })
})

async function setUp(after: string): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-page-'))
  const port = await freePort()
  const alerting = await startAlerting({
    evaluator: `127.0.0.1:${port}`,
    tidemarkUrl: `http://127.0.0.1:${port}`,
    grafanaUrl: 'http://grafana.test',
    otlp: true,
  })
  const store = join(folder, 'playback.db')
  const json = join(folder, 'result.json')
  await promisify(execFile)(process.execPath, [
    PLAYBACK,
    '--data',
    data ?? '',
    '--before',
    BEFORE,
    '--after',
    after,
    '--store',
    store,
    '--json',
    json,
    '--metrics-endpoint',
    `${alerting.prometheus.url}/api/v1/otlp/v1/metrics`,
  ])
  const result = JSON.parse(readFileSync(json, 'utf8')) as Result
  const config = join(folder, 'tidemark.yaml')
  writeFileSync(
    config,
    [
      `store: { url: "sqlite:${store}" }`,
      `listen: { port: ${port} }`,
      `agents: { ${result.agent}: { segments: [tidemark.segment], schedule: { at: "00:00", settleMinutes: 0 } } }`,
    ].join('\n'),
  )
  return { folder, result, config, alerting, serving: await serve(config, folder) }
}

async function tearDown(scene: Scene | undefined): Promise<void> {
  await scene?.serving.stop()
  await scene?.alerting.stop()
  if (scene !== undefined) rmSync(scene.folder, { recursive: true })
}

/** The last simulated day ends at this midnight. */
function midnight(): number {
  return Math.floor(Date.now() / DAY) * DAY
}

async function ruleRounds({ prometheus }: Alerting): Promise<number> {
  const text = await (await fetch(`${prometheus.url}/metrics`)).text()
  return text
    .split('\n')
    .filter((line) => line.startsWith('prometheus_rule_group_iterations_total{') && line.includes(';agent-drift"'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}
