import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { removeFolder, temporaryFolder } from '../../tests/stack/temporary-folder.ts'
import { renderAlerts, type RenderOptions } from '../render.ts'
import { ALERTS_FOLDER } from './shipped.ts'

const addresses = { tidemarkUrl: 'https://tidemark.shop.test/', grafanaUrl: 'https://shop.test/grafana' }
const all = (options: Partial<RenderOptions> = {}): string =>
  [...renderAlerts({ ...addresses, ...options }).values()].join('\n')
const alertmanager = (options: Partial<RenderOptions>): string =>
  renderAlerts({ ...addresses, ...options }).get('alertmanager/alertmanager.yml') ?? ''

describe('renderAlerts', () => {
  test('leaves no placeholder, and changes nothing but the addresses', () => {
    expect(all()).not.toContain('example.org')
    expect(all()).toContain('https://tidemark.shop.test/agents/{{')
    expect(all()).toContain('runbook_url: https://tidemark.shop.test/runbook#agentqualitydrift')
    expect(all()).toContain('dashboard_url: https://shop.test/grafana/d/tidemark-drift?var-agent=')
    for (const [path, text] of renderAlerts(addresses)) {
      const shipped = readFileSync(join(ALERTS_FOLDER, path), 'utf8')
      expect(text.split('\n').length, path).toBe(shipped.split('\n').length)
    }
  })

  test('the committed files spell an address only as a placeholder', () => {
    const used = new Set(
      all({ tidemarkUrl: 'https://tidemark.example.org', grafanaUrl: 'https://grafana.example.org' }).match(
        /https?:\/\/[^/\s"'{]+/gu,
      ),
    )
    expect([...used].toSorted()).toEqual(['https://grafana.example.org', 'https://tidemark.example.org'])
  })

  test('the runbook can live elsewhere', () => {
    expect(all({ runbookUrl: 'https://git.test/runbook.md' })).toContain(
      'runbook_url: https://git.test/runbook.md#tidemarkwatchdog',
    )
  })

  test('an address that contains another placeholder is not replaced again', () => {
    expect(all({ tidemarkUrl: 'https://grafana.example.org/tidemark' })).toContain(
      'runbook_url: https://grafana.example.org/tidemark/runbook#',
    )
  })

  test('Prometheus finds the evaluator and Alertmanager where they are', () => {
    const text = renderAlerts({ ...addresses, evaluator: 'tidemark:8433', alertmanager: '[::1]:9093' }).get(
      'prometheus.yml',
    )
    expect(text).toContain("targets: ['tidemark:8433']")
    expect(text).toContain("targets: ['[::1]:9093']")
  })

  test('receivers read their addresses from secret files, unless one webhook is given for all', () => {
    expect(alertmanager({}).match(/url_file: \/run\/secrets\/\w+/gu)).toHaveLength(4)
    const text = alertmanager({ webhookUrl: 'http://127.0.0.1:1234' })
    expect(text).not.toContain('url_file')
    expect(text.match(/url: http:\/\/127\.0\.0\.1:1234\/\w+/gu)).toEqual(
      ['pager', 'chat', 'changelog', 'heartbeat'].map((name) => `url: http://127.0.0.1:1234/${name}`),
    )
  })

  test('a shorter interval shrinks waits in proportion, and neither windows nor reminders', () => {
    const files = renderAlerts({ ...addresses, interval: '3s' })
    expect(parse(files.get('prometheus.yml') ?? '')).toMatchObject({
      global: { scrape_interval: '3s', evaluation_interval: '3s' },
    })
    expect(files.get('rules/recording.yml')).toContain('interval: 48s') // the memory, 4m
    const rules = files.get('rules/agent-alerts.yml') ?? ''
    expect(rules).toContain('for: 12s') // 1m
    expect(rules).toContain('[1d] offset 15m')
    expect(parse(files.get('alertmanager/alertmanager.yml') ?? '')).toMatchObject({
      route: { group_wait: '6s', group_interval: '60s', repeat_interval: '12h' },
    })
  })

  test('tickets can come at any hour, or in the office hours of another place', () => {
    expect(alertmanager({})).toContain('active_time_intervals')
    expect(alertmanager({ officeHours: 'always' })).not.toMatch(/time_intervals/u)
    expect(parse(alertmanager({ officeHours: '09:30-17:00', timeZone: 'Europe/Berlin' }))).toMatchObject({
      time_intervals: [
        { time_intervals: [{ times: [{ start_time: '09:30', end_time: '17:00' }], location: 'Europe/Berlin' }] },
      ],
    })
  })

  test.each([
    ['tidemarkUrl', 'tidemark', '--tidemark-url'],
    ['tidemarkUrl', 'ftp://tidemark.test', '--tidemark-url'],
    ['grafanaUrl', 'https://g.test/?orgId=1', '--grafana-url'],
    ['runbookUrl', 'https://g.test/#x', '--runbook-url'],
    ['webhookUrl', '', '--webhook-url'],
    ['evaluator', 'http://tidemark:8433', '--evaluator'],
    ['alertmanager', "x'] }]", '--alertmanager'],
    ['officeHours', '18:00-08:00', '--office-hours'],
    ['officeHours', '8-18', '--office-hours'],
    ['interval', '1m', '--interval'],
    ['interval', '0s', '--interval'],
    ['interval', 'fast', '--interval'],
  ] as const)('%s %j is refused with its name and value', (option, value, name) => {
    expect(() => renderAlerts({ ...addresses, [option]: value })).toThrow(`${name} is '${value}'`)
  })

  test('an unknown time zone is refused', () => {
    expect(() => renderAlerts({ ...addresses, officeHours: '09:00-17:00', timeZone: 'Mars/Base' })).toThrow(
      "--time-zone is 'Mars/Base'",
    )
  })
})

describe('node alerts/render.ts', () => {
  const script = join(ALERTS_FOLDER, 'render.ts')

  test('writes the files and says where', () => {
    const folder = temporaryFolder('render')
    const parameters = [
      '--tidemark-url',
      'https://t.test',
      '--grafana-url',
      'https://g.test',
      '--out',
      join(folder, 'new'),
    ]
    expect(execFileSync('node', [script, ...parameters], { encoding: 'utf8' })).toContain(
      `6 files written to ${folder}/new`,
    )
    expect(readFileSync(join(folder, 'new', 'rules', 'agent-alerts.yml'), 'utf8')).toContain('https://t.test/agents/')
    removeFolder(folder)
  })

  test.each([
    [['--out', '/nowhere'], '--tidemark-url, --grafana-url and --out are needed.'],
    [['--tidemark', 'x'], "Unknown option '--tidemark'"],
  ])('%j exits with 2 and says what is wrong', (parameters, message) => {
    const { status, stderr } = spawnSync('node', [script, ...parameters], { encoding: 'utf8' })
    expect(status).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).toContain('Usage: node alerts/render.ts')
  })
})
