import { html } from 'hono/html'
import type { Incident, VariantDifference, VariantReport } from '../../domain/verdict.ts'
import { dayText, numberText, percentText, scoreValueText } from './format.ts'
import { lineText } from './hostile-text.ts'
import type { Markup } from './layout.ts'
import { scoreTitle } from './score-title.ts'
import { pointsText } from './share-bars.ts'
import { INCIDENT_WORDS } from './words.ts'

/** Scores shown of one variant; those whose interval keeps farthest from 0 first. */
const SCORES_SHOWN = 6

/** Every variant beside control of the same slots. Empty without any. */
export function variantSection(variants: readonly VariantReport[] | undefined, incidents: readonly Incident[]): Markup {
  if (variants === undefined || variants.length === 0) return html``
  return html`<section aria-labelledby="variants">
    <h2 id="variants">Variants beside control</h2>
    <p class="quiet">
      Each variant is compared with control of the same runs inside the same segments, and has evidence of its own.
      Everything else on this page is about control.
    </p>
    ${variants.map((variant) => variantPart(variant, incidents))}
  </section>`
}

function variantPart(report: VariantReport, incidents: readonly Incident[]): Markup {
  const shown = [...report.differences].sort((a, b) => sureness(b) - sureness(a)).slice(0, SCORES_SHOWN)
  const incident = incidents.findLast(({ variant }) => variant === report.variant)
  return html`<h3><bdi>${lineText(report.variant, 60)}</bdi> ${stateText(report)}</h3>
    <p>
      Evidence <strong>${numberText(report.evidence)}</strong>, alarms at ${numberText(report.threshold)};
      ${report.samples} records in this run, ${report.runs} ${report.runs === 1 ? 'run' : 'runs'} compared.
      ${incident === undefined ? '' : html`Incident <code>${lineText(incident.id, 60)}</code> ${INCIDENT_WORDS[incident.state]}.`}
    </p>
    ${shown.length === 0 ? '' : differenceTable(shown)}`
}

function stateText({ alarm, improved, sinceSlotAt }: VariantReport): Markup {
  const since = sinceSlotAt === null ? '' : ` since the run of ${dayText(sinceSlotAt)}`
  if (alarm) return html`<span class="worse">▲ worse than control${since}</span>`
  return improved
    ? html`<span class="better">better than control${since}</span>`
    : html`<span class="quiet">like control</span>`
}

function differenceTable(differences: readonly VariantDifference[]): Markup {
  return html`<table class="stack">
    <caption>
      Variant minus control over pairs of one run and one segment
    </caption>
    <thead>
      <tr>
        <th scope="col">Score</th>
        <th scope="col">Control</th>
        <th scope="col">Variant</th>
        <th scope="col" class="number">Difference</th>
        <th scope="col">Interval</th>
      </tr>
    </thead>
    <tbody>
      ${differences.map((difference) => differenceRow(difference))}
    </tbody>
  </table>`
}

function differenceRow(one: VariantDifference): Markup {
  const { score, kind, category, difference, low, high, level } = one
  const size = (value: number): string => (kind === 'score' ? `${numberText(value)} sd` : `${pointsText(value)} points`)
  return html`<tr>
    <th scope="row">
      ${scoreTitle({ name: score })}${category === null ? '' : html` <bdi>${lineText(category, 40)}</bdi>`}
    </th>
    <td data-label="Control">${armText(one, 'control')}</td>
    <td data-label="Variant">${armText(one, 'variant')}</td>
    <td class="number" data-label="Difference">${size(difference)}</td>
    <td data-label="Interval">${size(low)} to ${size(high)} <span class="quiet">${percentText(level)}</span></td>
  </tr>`
}

function armText(one: VariantDifference, arm: 'control' | 'variant'): Markup {
  const { mean, shares, samples } = one[arm]
  const value = one.category === null ? mean : (shares?.[one.category] ?? 0)
  const text = value === null ? 'no value' : one.category === null ? scoreValueText(value, one) : percentText(value)
  return html`${text} <span class="quiet">${samples} records</span>`
}

function sureness({ difference, low, high }: VariantDifference): number {
  return high === low ? 0 : Math.abs(difference) / (high - low)
}
