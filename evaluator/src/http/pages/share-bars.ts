import { html } from 'hono/html'
import type { ScoreReport } from '../../domain/verdict.ts'
import { percentText, signText } from './format.ts'
import { lineText } from './hostile-text.ts'
import type { Markup } from './layout.ts'
import { categoriesOf, type CategoryShares } from './movement.ts'
import { scoreTitle } from './score-title.ts'
import { categoryWords } from './words.ts'

const WIDTH = 240

/** The shares of a score's categories in both windows as paired bars, what grew most first. Empty without shares. */
export function shareBars(score: ScoreReport): Markup {
  const categories = categoriesOf(score)
  if (categories.length === 0) return html``
  return html`<table class="stack bars">
    <caption>
      ${scoreTitle(score)}: share of each ${score.kind === 'categorical' ? 'category' : 'range'}
      <span class="quiet">${score.baseline.samples} baseline records, ${score.current.samples} now</span>
    </caption>
    <thead>
      <tr>
        <th scope="col">${score.kind === 'categorical' ? 'Category' : 'Range'}</th>
        <th scope="col" class="number baseline-text">Baseline</th>
        <th scope="col" class="number current-text">Now</th>
        <th scope="col" class="number">Difference</th>
        <th scope="col" aria-hidden="true">${barLegend()}</th>
      </tr>
    </thead>
    <tbody>
      ${categories.map((category) => categoryRow(category))}
    </tbody>
  </table>`
}

/** Two bars of one pair, blue above and orange below; shares are also in the table as text. */
export function pairedBars(baseline: number, current: number): Markup {
  return html`<svg class="pair" viewBox="0 0 ${WIDTH} 24" width="${WIDTH}" height="24" aria-hidden="true">
    <rect class="track" x="0" y="2" width="${WIDTH}" height="9" />
    <rect class="track" x="0" y="13" width="${WIDTH}" height="9" />
    <rect class="baseline" x="0" y="2" width="${barWidth(baseline)}" height="9" />
    <rect class="current" x="0" y="13" width="${barWidth(current)}" height="9" />
  </svg>`
}

function barLegend(): Markup {
  return html`<span class="baseline-text">baseline above</span>, <span class="current-text">now below</span>`
}

function categoryRow({ category, baseline, current }: CategoryShares): Markup {
  const words = categoryWords(category)
  return html`<tr>
    <th scope="row">
      <bdi>${lineText(category)}</bdi
      >${words === undefined || words === category ? '' : html` <span class="quiet">${words}</span>`}
    </th>
    <td class="number" data-label="Baseline">${percentText(baseline)}</td>
    <td class="number" data-label="Now">${percentText(current)}</td>
    <td class="number" data-label="Difference">${pointsText(current - baseline)}</td>
    <td class="plot">${pairedBars(baseline, current)}</td>
  </tr>`
}

/** A difference of shares in percentage points, with its sign. */
export function pointsText(difference: number): string {
  const points = Number((difference * 100).toFixed(1))
  return points > 0 ? `+${points}` : signText(points)
}

function barWidth(share: number): number {
  return Math.round(Math.max(0, Math.min(1, share)) * WIDTH * 10) / 10
}
