import type { Verdict } from '@tidemark/instrumentation/semconv'
import { html } from 'hono/html'
import type { AgentOverview } from '../port.ts'
import { dayText, durationText, numberText, timeText } from './format.ts'
import { isStale } from './freshness.ts'
import { lineText, visibleText } from './hostile-text.ts'
import { layout, type Markup } from './layout.ts'
import { verdictBadge } from './verdict-badge.ts'
import { VERDICT_WORDS } from './words.ts'

/** What needs a look comes first. */
const ORDER: readonly Verdict[] = [
  'drift',
  'judge_changed',
  'watch',
  'input_mix_changed',
  'improved',
  'insufficient_data',
  'no_baseline',
  'stable',
]

/** All agents at a glance. */
export function fleetPage({
  agents,
  origin,
  now,
}: {
  readonly agents: readonly AgentOverview[]
  readonly origin: string
  readonly now: number
}): Markup {
  const ordered = [...agents].sort((a, b) => rankOf(a) - rankOf(b) || a.agent.localeCompare(b.agent))
  return layout({
    title: 'All agents',
    main: html`<h1>All agents</h1>
      ${
        agents.length === 0
          ? nothingYet(origin)
          : html`<p class="lead">${countText(agents)}</p>
              ${fleetTable(ordered, now)}`
      }`,
  })
}

function nothingYet(origin: string): Markup {
  return html`<p class="lead">No agent has sent anything yet.</p>
    <ol class="steps">
      <li>
        Let an agent send its OpenTelemetry traces here:
        <code class="block">${visibleText(`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${origin}/v1/traces`)}</code>
      </li>
      <li>Or see it work on made-up traffic first: <code class="block">tidemark demo</code></li>
    </ol>`
}

function fleetTable(agents: readonly AgentOverview[], now: number): Markup {
  return html`<table class="stack fleet">
    <caption class="hidden">
      Newest verdict of each agent, what needs a look first
    </caption>
    <thead>
      <tr>
        <th scope="col">Agent</th>
        <th scope="col">Verdict</th>
        <th scope="col">In short</th>
        <th scope="col" class="number">Page evidence</th>
        <th scope="col">Last run</th>
        <th scope="col">Last call</th>
        <th scope="col" class="number">To review</th>
      </tr>
    </thead>
    <tbody>
      ${agents.map((agent) => agentRow(agent, now))}
    </tbody>
  </table>`
}

function agentRow({ agent, verdict, lastSeenAt, calls, openReviewItems }: AgentOverview, now: number): Markup {
  const page = verdict?.detectors.find((detector) => detector.severity === 'page')
  return html`<tr>
    <th scope="row">
      ${verdict === null ? html`<bdi>${lineText(agent)}</bdi>` : html`<a href="/agents/${encodeURIComponent(agent)}/verdict"><bdi>${lineText(agent)}</bdi></a>`}
    </th>
    <td data-label="Verdict">
      ${verdict === null ? html`<span class="quiet">not evaluated yet</span>` : verdictBadge(verdict.verdict)}
    </td>
    <td data-label="In short">
      ${verdict === null ? 'The first run comes at the scheduled time.' : lineText(verdict.summary, 200)}${
        verdict?.onset == null ? '' : html` <span class="quiet">Since ${dayText(verdict.onset.at)}.</span>`
      }
    </td>
    <td class="number" data-label="Page evidence">
      ${page === undefined ? '–' : html`${numberText(page.evidence)} <span class="quiet">of ${numberText(page.threshold)}</span>`}
    </td>
    <td data-label="Last run">
      ${verdict === null ? '–' : html`${timeText(verdict.evaluatedAt)}${isStale(verdict, now) ? html` <strong class="worse">▲ overdue</strong>` : ''}`}
    </td>
    <td class="nowrap" data-label="Last call">
      ${lastSeenAt === null ? 'never' : `${durationText(Math.max(0, now - lastSeenAt) / 1000)} ago`}
      <span class="quiet">${calls.toLocaleString('en')} calls</span>
    </td>
    <td class="number" data-label="To review">${openReviewItems}</td>
  </tr>`
}

function rankOf({ verdict }: AgentOverview): number {
  return verdict === null ? ORDER.length : ORDER.indexOf(verdict.verdict)
}

function countText(agents: readonly AgentOverview[]): string {
  const counts = ORDER.flatMap((verdict) => {
    const count = agents.filter((agent) => agent.verdict?.verdict === verdict).length
    return count === 0 ? [] : [`${count} ${VERDICT_WORDS[verdict].label.toLowerCase()}`]
  })
  const total = agents.length === 1 ? '1 agent' : `${agents.length} agents`
  return counts.length === 0 ? `${total}, none evaluated yet.` : `${total}: ${counts.join(', ')}.`
}
