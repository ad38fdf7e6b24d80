import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual, promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { startAlertmanager, type Alertmanager, type ReceivedAlert } from '../../tests/stack/alertmanager.ts'
import { componentOrSkip } from '../../tests/stack/component-or-skip.ts'
import { waitFor } from '../../tests/stack/polling.ts'
import { webhookReceiver, type WebhookReceiver } from '../../tests/stack/webhook-receiver.ts'
import { renderAlerts } from '../render.ts'
import { ALERTS_FOLDER, alertRules } from './shipped.ts'

const run = promisify(execFile)
const configFile = join(ALERTS_FOLDER, 'alertmanager', 'alertmanager.yml')
const amtool = (await componentOrSkip('amtool')) ?? ''
const hasAlertmanager = (await componentOrSkip('alertmanager')) !== undefined

const routes = readFileSync(join(ALERTS_FOLDER, 'alertmanager', 'routes.tsv'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split('\t'))
  .map(([receiver = '', labels = '']) => ({ receiver, labels }))

const labelSet = z.record(z.string(), z.string())
const inhibitions = z
  .array(
    z.strictObject({
      rule: z.string(),
      source: labelSet,
      muted: z.array(labelSet).min(1),
      heard: z.array(labelSet).min(1),
    }),
  )
  .parse(JSON.parse(readFileSync(join(ALERTS_FOLDER, 'alertmanager', 'inhibitions.json'), 'utf8')))

describe.skipIf(amtool === '')('amtool', () => {
  test('accepts the configuration', async () => {
    const { stdout } = await run(amtool, ['check-config', configFile])
    expect(stdout).toMatch(/1 templates\s+SUCCESS/u)
  })

  test.each(routes)('$labels goes to $receiver', async ({ receiver, labels }) => {
    const parameters = ['config', 'routes', 'test', `--config.file=${configFile}`, `--verify.receivers=${receiver}`]
    await run(amtool, [...parameters, ...labels.split(' ')])
  })

  test('refuses a route that leads elsewhere', async () => {
    const parameters = [
      'config',
      'routes',
      'test',
      `--config.file=${configFile}`,
      '--verify.receivers=chat',
      'severity=critical',
    ]
    await expect(run(amtool, parameters)).rejects.toThrow('chat')
  })
})

describe('the cases', () => {
  test('of routes cover every alert with every severity it has', () => {
    const cased = new Set(
      routes.map(({ labels }) => /alertname=(\S+) severity=(\S+)/u.exec(labels)?.slice(1).join(' ')),
    )
    const missing = alertRules()
      .map(({ alert, labels }) => `${alert} ${labels['severity']}`)
      .filter((name) => !cased.has(name))
    expect(missing).toEqual([])
  })

  test('of inhibitions cover every rule', () => {
    const { inhibit_rules: rules } = z
      .object({ inhibit_rules: z.array(z.object({ name: z.string() })) })
      .parse(parse(readFileSync(configFile, 'utf8')))
    expect(inhibitions.map(({ rule }) => rule)).toEqual(rules.map(({ name }) => name))
  })

  test('use areas and severities that the alerts really have', () => {
    const known = new Set(alertRules().map(({ alert, labels }) => `${alert} ${labels['severity']} ${labels['area']}`))
    const used = inhibitions.flatMap(({ source, muted, heard }) => [source, ...muted, ...heard])
    expect(
      used
        .map((labels) => `${labels['alertname']} ${labels['severity']} ${labels['area']}`)
        .filter((name) => !known.has(name)),
    ).toEqual([])
  })
})

describe.skipIf(!hasAlertmanager)('a running Alertmanager', () => {
  let webhook: WebhookReceiver
  let alertmanager: Alertmanager

  beforeAll(async () => {
    webhook = await webhookReceiver()
    const addresses = { tidemarkUrl: 'https://t.test', grafanaUrl: 'https://g.test', webhookUrl: webhook.url }
    alertmanager = await startAlertmanager({ files: renderAlerts(addresses) })
  })

  afterAll(async () => {
    await alertmanager?.stop()
    await webhook?.close()
  })

  test.each(inhibitions)('$rule', async ({ source, muted, heard }) => {
    const posted = [source, ...muted, ...heard]
    await alertmanager.post(posted.map((labels) => ({ labels })))
    // the state is computed when an alert is dispatched, not when it is posted
    const alerts = await waitFor(
      async () => {
        const now = await alertmanager.alerts()
        const isDone = posted.every(
          (labels) =>
            find(now, labels)?.status.state !== undefined && find(now, labels)?.status.state !== 'unprocessed',
        )
        const isMuted = muted.every((labels) => find(now, labels)?.status.state === 'suppressed')
        return isDone && isMuted && now
      },
      { what: `${muted.map(({ alertname }) => alertname).join(', ')} to be muted`, withinMilliseconds: 20_000 },
    )
    for (const labels of muted) expect(find(alerts, labels)?.status.inhibitedBy).toHaveLength(1)
    for (const labels of [source, ...heard]) expect(find(alerts, labels)?.status.inhibitedBy).toEqual([])
    await resolve(posted)
  })

  async function resolve(alerts: readonly Record<string, string>[]): Promise<void> {
    const startsAt = new Date(Date.now() - 60_000).toISOString()
    const endsAt = new Date(Date.now() - 1000).toISOString()
    await alertmanager.post(alerts.map((labels) => ({ labels, startsAt, endsAt })))
    await waitFor(async () => (await alertmanager.alerts()).length === 0, {
      what: 'the end of all alerts',
      withinMilliseconds: 20_000,
    })
  }
})

const find = (alerts: readonly ReceivedAlert[], labels: Record<string, string>): ReceivedAlert | undefined =>
  alerts.find((alert) => isDeepStrictEqual(alert.labels, labels))
