import { INCIDENT_STATES } from '@tidemark/instrumentation/semconv'
import { html } from 'hono/html'
import type { Incident, PageLedger, VerdictRecord } from '../../domain/verdict.ts'
import { causeTable, changeList, segmentTable } from './attribution.ts'
import { evidenceChart } from './evidence-chart.ts'
import { exampleCards } from './example-cards.ts'
import { dayText, durationText, numberText, timeText } from './format.ts'
import { isStale } from './freshness.ts'
import { glance } from './glance.ts'
import { lineText, visibleText } from './hostile-text.ts'
import { judgeSection } from './judge-table.ts'
import { layout, type Markup } from './layout.ts'
import { attributionTable, findingTable, frozenTable } from './movement-parts.ts'
import { nextSteps } from './next-steps.ts'
import { scoreTable } from './score-table.ts'
import { sentinelSection } from './sentinel-section.ts'
import { shareBars } from './share-bars.ts'
import { uncomparedSection } from './uncompared-list.ts'
import { variantSection } from './variant-table.ts'
import { verdictBadge } from './verdict-badge.ts'
import { MODE_WORDS, VERDICT_WORDS } from './words.ts'

export type VerdictPage = {
  readonly record: VerdictRecord
  /** Runs up to this one, oldest first, this one included. */
  readonly runs: readonly VerdictRecord[]
  /** Slot after this one, when this is not the newest. */
  readonly nextSlotAt: number | undefined
  readonly incident: Incident | undefined
  readonly ledger: PageLedger
  /** Of the variants, oldest first. */
  readonly variantIncidents: readonly Incident[]
  readonly origin: string
  readonly now: number
}

const WIDE = { width: 860, height: 290, dateTicks: 7 } as const
const NARROW = { width: 330, height: 250, dateTicks: 4 } as const

/** Why was I paged: one verdict, from the answer in short down to the records. */
export function verdictPage(page: VerdictPage): Markup {
  const { record, incident, origin } = page
  return layout({
    title: `${VERDICT_WORDS[record.verdict].label}: ${lineText(record.agent, 60)}`,
    main: html`<h1><bdi>${lineText(record.agent, 128)}</bdi> ${verdictBadge(record.verdict)}</h1>
      <p class="lead">${visibleText(record.summary)}</p>
      <p class="quiet">${VERDICT_WORDS[record.verdict].meaning}</p>
      ${slotNavigation(page)} ${glance(record, incident)} ${nextSteps(record, incident, origin)}
      ${sentinelSection(record)} ${evidenceSection(page)} ${variantSection(record.variants, page.variantIncidents)}
      ${scoreSections(record)} ${uncomparedSection(record.uncompared)}
      ${judgeSection(record.judge, record.judgeAgreement)} ${causeSection(record)} ${exampleSection(record)}
      ${segmentSection(record)} ${aboutSection(page)}`,
  })
}

function slotNavigation({ record, runs, nextSlotAt, now }: VerdictPage): Markup {
  const previous = runs.at(-2)
  const isNewest = nextSlotAt === undefined
  return html`${
      isNewest && isStale(record, now)
        ? html`<p class="notice">
            <strong>▲ This is old.</strong> The last run was ${durationText((now - record.evaluatedAt) / 1000)} ago,
            although one is due every ${durationText(record.intervalSeconds)}. Nothing is being watched until runs
            succeed again.
          </p>`
        : ''
    }
    <nav class="slots" aria-label="Runs">
      ${previous === undefined ? '' : html`<a href="${slotLink(record.agent, previous.slotAt)}">← ${dayText(previous.slotAt)}</a>`}
      <span>Run of <strong>${timeText(record.slotAt)}</strong>${isNewest ? ' (newest)' : ''}</span>
      ${nextSlotAt === undefined ? '' : html`<a href="${slotLink(record.agent, nextSlotAt)}">${dayText(nextSlotAt)} →</a> <a href="/agents/${encodeURIComponent(record.agent)}/verdict">newest</a>`}
    </nav>`
}

function evidenceSection({ record, runs }: VerdictPage): Markup {
  if (record.detectors.length === 0) return html``
  const first = runs[0]?.slotAt ?? record.slotAt
  const changes = record.changes.filter((change) => change.slotAt >= first && change.slotAt <= record.slotAt)
  const marks = { onset: record.onset, changes }
  return html`<section aria-labelledby="evidence">
    <h2 id="evidence">Evidence over the runs</h2>
    <figure>
      <figcaption>
        Evidence adds up run by run while outputs differ from the baseline, and falls back when they do not. The scale
        is logarithmic. <span class="key page">page</span> <span class="key ticket">ticket</span>
        <span class="key limit">threshold</span
        >${record.onset === null ? '' : html` <span class="key onset">most likely onset</span>`}
      </figcaption>
      <div class="wide">${evidenceChart(runs, marks, WIDE)}</div>
      <div class="narrow">${evidenceChart(runs, marks, NARROW)}</div>
    </figure>
    ${changeList(changes)} ${runTable(runs)}
  </section>`
}

function runTable(runs: readonly VerdictRecord[]): Markup {
  return html`<details>
    <summary>The same as a table: ${runs.length} runs</summary>
    <table class="runs">
      <caption class="hidden">
        Evidence of each run, newest first
      </caption>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Verdict</th>
          <th scope="col" class="number">Page</th>
          <th scope="col" class="number">Ticket</th>
        </tr>
      </thead>
      <tbody>
        ${runs.toReversed().map(
          (run) =>
            html`<tr>
              <th scope="row"><a href="${slotLink(run.agent, run.slotAt)}">${dayText(run.slotAt)}</a></th>
              <td>${VERDICT_WORDS[run.verdict].label}</td>
              <td class="number">${evidenceText(run, 'page')}</td>
              <td class="number">${evidenceText(run, 'ticket')}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </details>`
}

function evidenceText(run: VerdictRecord, severity: 'page' | 'ticket'): string {
  const detector = run.detectors.find((candidate) => candidate.severity === severity)
  return detector === undefined ? '–' : numberText(detector.evidence)
}

function scoreSections({ scores, frozenComparisons }: VerdictRecord): Markup {
  if (scores.length === 0) return html``
  const withShares = [...scores].sort((a, b) => b.evidence - a.evidence)
  return html`<section aria-labelledby="scores">
    <h2 id="scores">Scores, baseline and now</h2>
    ${scoreTable(scores)} ${withShares.map((score) => shareBars(score))} ${frozenTable(frozenComparisons)}
  </section>`
}

function causeSection({ causes }: VerdictRecord): Markup {
  if (causes.length === 0) return html``
  return html`<section aria-labelledby="causes">
    <h2 id="causes">Causes</h2>
    ${causeTable(causes)}
  </section>`
}

function exampleSection(record: VerdictRecord): Markup {
  if (record.verdict === 'no_baseline') return html``
  return html`<section aria-labelledby="examples">
    <h2 id="examples">Examples, baseline and now</h2>
    ${exampleCards(record)}
  </section>`
}

function segmentSection({ verdict, segments, segmentFindings, attribution }: VerdictRecord): Markup {
  if (verdict === 'no_baseline') return html``
  return html`<section aria-labelledby="segments">
    <h2 id="segments">Segments of the inputs</h2>
    ${findingTable(segmentFindings)} ${attributionTable(attribution)} ${segmentTable(segments)}
  </section>`
}

function aboutSection({ record, ledger }: VerdictPage): Markup {
  const excluded = Object.entries(record.excluded).map(
    ([reason, count]) => `${count} ${lineText(reason, 40).replaceAll('_', ' ')}`,
  )
  const { share, decisions } = record.escalation
  return html`<section aria-labelledby="about">
    <h2 id="about">About this run</h2>
    <dl class="facts">
      <div>
        <dt>Records</dt>
        <dd>${record.samples}${excluded.length === 0 ? '' : `, left out: ${excluded.join(', ')}`}</dd>
      </div>
      <div>
        <dt>From</dt>
        <dd>${timeText(record.windowStart)} to ${timeText(record.slotAt)}</dd>
      </div>
      <div>
        <dt>Evaluated</dt>
        <dd>${timeText(record.evaluatedAt)}, in ${durationText(record.durationSeconds)}</dd>
      </div>
      <div>
        <dt>Baseline</dt>
        <dd>
          ${record.baseline === null ? 'none' : html`version ${record.baseline.version}, <code>${lineText(record.baseline.id, 80)}</code>`}
        </dd>
      </div>
      <div>
        <dt>Mode</dt>
        <dd>${MODE_WORDS[record.mode]}</dd>
      </div>
      <div>
        <dt>Pages, 365 days</dt>
        <dd>${ledgerText(ledger)}</dd>
      </div>
      <div>
        <dt>To humans</dt>
        <dd>${share === null ? 'no decisions' : `${(share * 100).toFixed(1)} % of ${decisions} decisions`}</dd>
      </div>
      <div>
        <dt>As JSON</dt>
        <dd>
          <a href="/api/agents/${encodeURIComponent(record.agent)}/verdict?slot=${record.slotAt}">this verdict</a>
        </dd>
      </div>
    </dl>
  </section>`
}

function ledgerText({ pages, wouldBePages, falsePagesPerYear }: PageLedger): string {
  const told = INCIDENT_STATES.filter((state) => pages[state] > 0).map(
    (state) => `${pages[state]} ${state.replace('_', ' ')}`,
  )
  const heldBack = INCIDENT_STATES.reduce((sum, state) => sum + wouldBePages[state], 0)
  return [
    told.length === 0 ? 'none' : told.join(', '),
    ...(heldBack === 0 ? [] : [`${heldBack} held back by the mode`]),
    ...(falsePagesPerYear === null ? [] : [`budget ${falsePagesPerYear} false a year`]),
  ].join('; ')
}

function slotLink(agent: string, slotAt: number): string {
  return `/agents/${encodeURIComponent(agent)}/verdict?slot=${slotAt}`
}
