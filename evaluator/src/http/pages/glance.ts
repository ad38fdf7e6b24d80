import { html } from 'hono/html'
import type { Cause, DetectorReport, Incident, VerdictRecord } from '../../domain/verdict.ts'
import { dayText, numberText, percentText, scoreValueText } from './format.ts'
import { lineText } from './hostile-text.ts'
import type { Markup } from './layout.ts'
import { strongestMovements, type Movement } from './movement.ts'
import { scoreTitle } from './score-title.ts'
import { CAUSE_WORDS, categoryWords, INCIDENT_WORDS, MODE_WORDS } from './words.ts'

const SHOWN_MOVEMENTS = 3

/** The four questions of someone who was just paged, each answered in a few words; nothing where nothing was compared. */
export function glance(record: VerdictRecord, incident: Incident | undefined): Markup {
  if (record.verdict === 'no_baseline' || record.verdict === 'insufficient_data') return html``
  return html`<section aria-labelledby="glance">
    <h2 id="glance" class="hidden">In short</h2>
    <div class="glance">
      <div>
        <h3>What changed</h3>
        ${whatChanged(record)}
      </div>
      <div>
        <h3>Since when</h3>
        ${sinceWhen(record)}
      </div>
      <div>
        <h3>How sure, how bad</h3>
        ${howBad(record, incident)}
      </div>
      <div>
        <h3>Why</h3>
        ${why(record)}
      </div>
    </div>
  </section>`
}

function whatChanged({ verdict, scores }: VerdictRecord): Markup {
  const movements = verdict === 'stable' ? [] : strongestMovements(scores, SHOWN_MOVEMENTS)
  if (movements.length === 0) return html`<p>Nothing beyond chance and tolerance.</p>`
  return html`<ul class="plain">
    ${movements.map((movement) => html`<li>${movementText(movement)}</li>`)}
  </ul>`
}

function movementText(movement: Movement): Markup {
  const { score, category, baseline, current, judgement } = movement
  const name =
    category === null ? scoreTitle(score) : `${scoreTitle(score)}: ${lineText(categoryWords(category) ?? category, 40)}`
  return html`<span class="quiet">${name}</span><br />
    <span class="baseline-text">${scoreValueText(baseline, score)}</span> →
    <strong class="current-text">${scoreValueText(current, score)}</strong>
    ${judgement === 'different' ? '' : html`<span class="${judgement}">(${judgement})</span>`}`
}

function sinceWhen({ onset, incident }: VerdictRecord): Markup {
  if (onset === null) return html`<p>No change found.</p>`
  const isOneDay = dayText(onset.first) === dayText(onset.last)
  return html`<p><strong>${dayText(onset.at)}</strong></p>
    <p class="quiet">
      ${isOneDay ? 'Sure of the day (90 %).' : `90 % sure: between ${dayText(onset.first)} and ${dayText(onset.last)}.`}
    </p>
    ${incident === null ? '' : html`<p class="quiet">Alarm since the run of ${dayText(incident.openedSlotAt)}.</p>`}`
}

function howBad({ detectors, mode }: VerdictRecord, incident: Incident | undefined): Markup {
  return html`<ul class="plain">
      ${detectors.map((detector) => html`<li>${detectorText(detector)}</li>`)}
    </ul>
    ${incident === undefined ? '' : html`<p>Incident ${INCIDENT_WORDS[incident.state]}${incident.by === null ? '' : html`, by <bdi>${lineText(incident.by, 60)}</bdi>`}.</p>`}
    <p class="quiet">Mode ${MODE_WORDS[mode]}.</p>`
}

function detectorText({ severity, evidence, threshold }: DetectorReport): Markup {
  const reached = evidence >= threshold
  const label = severity === 'page' ? 'Page' : 'Ticket'
  return html`<span class="${reached ? 'worse' : 'quiet'}">${label}: ${reached ? '▲ reached' : 'not reached'}</span
    ><br />
    evidence <strong>${numberText(evidence)}</strong>, alarms at ${numberText(threshold)}`
}

function why({ causes }: VerdictRecord): Markup {
  const [first] = [...causes].sort((a, b) => b.probability - a.probability)
  if (first === undefined) return html`<p>No cause is looked for without a change.</p>`
  return html`<p>${causeText(first)}</p>
    <p class="quiet">${CAUSE_WORDS[first.kind].side}</p>`
}

function causeText({ kind, change, probability }: Cause): Markup {
  return html`<strong>${CAUSE_WORDS[kind].label}</strong>, ${percentText(probability)}
    likely${kind === 'none' ? '' : html`:<br /><bdi class="mono">${lineText(change)}</bdi>`}`
}
