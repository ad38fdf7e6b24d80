import { writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireComponent } from '../../scripts/components.ts'
import { startAlerting, type Alerting } from '../../tests/stack/alerting.ts'
import { haveComponents } from '../../tests/stack/component-or-skip.ts'
import { expositionServer, type ExpositionServer } from '../../tests/stack/exposition-server.ts'
import { waitFor } from '../../tests/stack/polling.ts'
import { removeFolder, temporaryFolder } from '../../tests/stack/temporary-folder.ts'
import { firing, type Notification } from '../../tests/stack/webhook-receiver.ts'
import { exposition, type AgentState } from './evaluator-like.ts'

const available = await haveComponents('prometheus', 'alertmanager', 'amtool')

describe.skipIf(!available)('real Prometheus and Alertmanager on the shipped rules', () => {
  const healthy = { verdict: 'stable', evidence: 0.8, mode: 'live', model: 'm-2025-04-14', prompt: '7' } as const
  const agents: Record<string, AgentState> = Object.fromEntries(
    ['returns', 'search', 'settled', 'shadowed', 'taken', 'tickets'].map((name) => [name, { ...healthy, name }]),
  )
  let evaluator: ExpositionServer
  let stack: Alerting
  let pagesWhileStable: readonly Notification[]

  beforeAll(async () => {
    evaluator = await expositionServer(() =>
      Object.values(agents).flatMap((agent) => exposition(agent, Date.now() / 1000)),
    )
    stack = await startAlerting({
      evaluator: evaluator.target,
      tidemarkUrl: 'http://tidemark.test:8433',
      grafanaUrl: 'http://grafana.test',
    })
    // healthy first: every agent has been read and gone through the rules
    await waitFor(async () => (await stack.prometheus.query('agent:tidemark_drift_verdict:last3d == 1')).length === 6, {
      what: 'the verdicts of six agents in Prometheus',
      withinMilliseconds: 30_000,
    })
    pagesWhileStable = stack.webhook.received.filter(({ receiver }) => receiver === 'pager')
    const drifted = {
      verdict: 'drift',
      evidence: 812.4,
      incidents: { page: 'open', ticket: 'open' },
      model: 'm-2025-08-01',
      onset: Date.UTC(2026, 10, 18) / 1000,
      causes: [
        { cause: 'model', change: 'm-2025-04-14 to m-2025-08-01', probability: 0.81 },
        { cause: 'prompt', change: '6 to 7', probability: 0.12 },
      ],
    } as const
    const drift = (name: string, state: Partial<AgentState>): void => {
      agents[name] = { ...healthy, name, ...drifted, ...state }
    }
    drift('returns', {})
    drift('shadowed', { mode: 'shadow' })
    drift('taken', { incidents: { page: 'acknowledged', ticket: 'open' } })
    drift('settled', { incidents: { page: 'fixed', ticket: 'false_alarm' } })
    drift('tickets', { mode: 'ticket' })
    agents['search'] = { ...healthy, name: 'search', evidence: 900, verdict: 'input_mix_changed' }
  })

  afterAll(async () => {
    await stack?.stop()
    await evaluator?.close()
  })

  test('nobody is paged while every agent is stable', () => {
    expect(pagesWhileStable).toEqual([])
  })

  test('the drift page arrives with onset, cause, model now and links', async () => {
    const page = await stack.webhook.waitFor('the page of agent returns', (n) => n.receiver === 'pager', 30_000)
    const [alert, ...others] = firing(page, 'AgentQualityDrift')
    expect(others).toEqual([])
    expect(alert?.labels).toMatchObject({ gen_ai_agent_name: 'returns', severity: 'critical', area: 'drift' })
    expect(alert?.annotations).toEqual({
      summary: 'An agent no longer behaves like the baseline that was approved.',
      description:
        'Agent returns has drifted: evidence 812.4 (ticket at 31, page at 366). Most likely since 2026-11-18. Most probable cause: model (m-2025-04-14 to m-2025-08-01), 81%. Model now: m-2025-08-01 / prompt 7.',
      runbook_url: 'http://tidemark.test:8433/runbook#agentqualitydrift',
      dashboard_url: 'http://grafana.test/d/tidemark-drift?var-agent=returns',
      verdict_url: 'http://tidemark.test:8433/agents/returns/verdict',
    })
    expect(await pageText(page.body)).toContain(`* ${alert?.annotations['description']}
  firing since `)
    expect(await pageText(page.body)).toContain(
      '  why http://tidemark.test:8433/agents/returns/verdict\n  runbook http://tidemark.test:8433/runbook#agentqualitydrift\n',
    )
  })

  test('an agent in mode ticket sends a ticket with the same facts', async () => {
    const ticket = await stack.webhook.waitFor('the ticket', isTicket, 30_000)
    expect(ticket.body.title).toBe('FIRING x1 WARNING AgentQualityDrift - tickets')
    for (const fact of [
      'since 2026-11-18',
      'm-2025-04-14 to m-2025-08-01',
      'Model now: m-2025-08-01 / prompt 7',
      'why http',
      'runbook http',
      'dashboard http',
    ]) {
      expect(ticket.body.text).toContain(fact)
    }
  })

  test('an agent whose inputs changed goes to the changelog', async () => {
    const note = await stack.webhook.waitFor(
      'the changelog entry',
      (n) => firing(n, 'AgentInputMixChanged').length > 0,
      30_000,
    )
    expect(note.receiver).toBe('changelog')
    expect(firing(note, 'AgentInputMixChanged')[0]?.labels['gen_ai_agent_name']).toBe('search')
  })

  test('no page for changed inputs, in shadow mode, in mode ticket, nor for an incident that is acknowledged or resolved', async () => {
    // as many evaluations of the rules as the drift of returns has seen
    const count = async (matchers: string): Promise<number> =>
      (await stack.prometheus.query(`sum(count_over_time(ALERTS{alertname="AgentQualityDrift",${matchers}}[10m]))`))[0]
        ?.value ?? 0
    const evaluated = { what: 'ten evaluations with drift', withinMilliseconds: 30_000 }
    await waitFor(async () => (await count('gen_ai_agent_name="returns",severity="critical"')) >= 10, evaluated)
    expect(await count('gen_ai_agent_name=~"search|settled|shadowed|taken"')).toBe(0)
    expect(await count('gen_ai_agent_name="tickets",severity="critical"')).toBe(0)
    const paged = stack.webhook.received.filter(({ receiver }) => receiver === 'pager')
    expect(
      new Set(paged.flatMap((n) => firing(n, 'AgentQualityDrift')).map(({ labels }) => labels['gen_ai_agent_name'])),
    ).toEqual(new Set(['returns']))
    const toldOf = (name: string): boolean =>
      stack.webhook.received.some(({ body }) => JSON.stringify(body).includes(name))
    expect(['settled', 'shadowed', 'taken'].filter(toldOf)).toEqual([])
  })

  test('the page mutes its own ticket', async () => {
    const drift = (await stack.alertmanager.alerts()).filter(
      ({ labels }) => labels['gen_ai_agent_name'] === 'returns' && labels['alertname'] === 'AgentQualityDrift',
    )
    const bySeverity = Object.fromEntries(
      drift.map(({ labels, status }) => [labels['severity'], status.inhibitedBy.length]),
    )
    expect(bySeverity).toEqual({ critical: 0, warning: 1 })
  })

  test('the page resolves when the incident is acknowledged, and no ticket takes its place', async () => {
    agents['returns'] = {
      ...(agents['returns'] ?? { ...healthy, name: 'returns' }),
      incidents: { page: 'acknowledged', ticket: 'open' },
    }
    const resolved = await stack.webhook.waitFor(
      'the end of the page',
      (n) => n.receiver === 'pager' && n.body.status === 'resolved',
      60_000,
    )
    expect(resolved.body.alerts?.map(({ labels }) => labels['alertname'])).toEqual(['AgentQualityDrift'])
    expect((await stack.prometheus.alerts()).filter(({ labels }) => labels['gen_ai_agent_name'] === 'returns')).toEqual(
      [],
    )
    const chat = stack.webhook.received.filter(({ receiver }) => receiver === 'chat')
    expect(chat.filter(({ body }) => body.title?.includes('returns'))).toEqual([])
  })

  test('the watchdog sends heartbeats', async () => {
    await stack.webhook.waitFor('a heartbeat', (n) => n.receiver === 'heartbeat', 30_000)
  })
})

const isTicket = ({ receiver, body }: Notification): boolean =>
  receiver === 'chat' && body.title?.includes('AgentQualityDrift - tickets') === true

/** The text a person reads, from the notification that arrived. */
async function pageText(body: object): Promise<string> {
  const folder = temporaryFolder('page-text')
  const data = join(folder, 'page.json')
  writeFileSync(data, JSON.stringify(body))
  const templates = join(import.meta.dirname, '../alertmanager/templates/*.tmpl')
  const text = '{{ template "tidemark.text" . }}'
  const parameters = [
    'template',
    'render',
    `--template.glob=${templates}`,
    `--template.text=${text}`,
    `--template.data=${data}`,
  ]
  const rendered = execFileSync(await requireComponent('amtool'), parameters, { encoding: 'utf8' })
  removeFolder(folder)
  return rendered
}
