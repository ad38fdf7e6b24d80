import { html } from 'hono/html'
import type { ScoreReport, ScoreWindow } from '../../domain/verdict.ts'
import type { Markup } from './layout.ts'

const WIDTH = 190
const HEIGHT = 34
const PADDING = 8

/**
 * Mean and 95 % interval of both windows on one axis: baseline above as a circle, now below as a diamond. The numbers stand
 * beside it in the table, so it is hidden from screen readers.
 */
export function intervalPlot({ baseline, current }: ScoreReport): Markup {
  const ends = [baseline, current].flatMap(({ mean, low, high }) => [mean, low, high].filter((value) => value !== null))
  if (ends.length === 0) return html``
  const from = Math.min(...ends)
  const span = Math.max(...ends) - from || 1
  const x = (value: number) => Math.round(PADDING + ((value - from) / span) * (WIDTH - 2 * PADDING))
  return html`<svg
    class="interval"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    width="${WIDTH}"
    height="${HEIGHT}"
    aria-hidden="true"
  >
    ${interval(baseline, 'baseline', 10, x)} ${interval(current, 'current', 25, x)}
  </svg>`
}

function interval(
  { mean, low, high }: ScoreWindow,
  name: 'baseline' | 'current',
  y: number,
  x: (value: number) => number,
): Markup {
  if (mean === null) return html``
  return html`${low === null || high === null ? '' : html`<line class="${name}" x1="${x(low)}" x2="${x(high)}" y1="${y}" y2="${y}" />`}
  ${
    name === 'baseline'
      ? html`<circle class="${name}" cx="${x(mean)}" cy="${y}" r="5" />`
      : html`<path class="${name}" d="M${x(mean)} ${y - 6} l6 6 l-6 6 l-6 -6 Z" />`
  }`
}
