import { html } from 'hono/html'
import type { ScoreReport, ScoreWindow } from '../../domain/verdict.ts'
import { effectText } from './effect-text.ts'
import { numberText, scoreValueText } from './format.ts'
import { lineText } from './hostile-text.ts'
import { intervalPlot } from './interval-plot.ts'
import type { Markup } from './layout.ts'
import { movementOf, type Movement } from './movement.ts'
import { scoreTitle } from './score-title.ts'

const JUDGEMENT_WORDS = { better: '▼ better', worse: '▲ worse', different: '' } as const
const DIRECTION_WORDS = {
  'higher-better': 'higher is better',
  'lower-better': 'lower is better',
  none: 'any change counts',
} as const

const DETECTOR_WORDS = { page: 'can page', ticket: 'ticket only', none: 'never alarms' } as const

/** All scores, baseline against now with 95 % intervals, the strongest evidence first. */
export function scoreTable(scores: readonly ScoreReport[]): Markup {
  const ordered = [...scores].sort((a, b) => b.evidence - a.evidence)
  return html`<table class="stack scores">
    <caption>
      Each score in the frozen baseline and in this run, with 95 % intervals; the strongest evidence first
    </caption>
    <thead>
      <tr>
        <th scope="col">Score</th>
        <th scope="col" class="baseline-text">● Baseline</th>
        <th scope="col" class="current-text">◆ Now</th>
        <th scope="col" aria-hidden="true"></th>
        <th scope="col">Shift</th>
        <th scope="col" class="number">Evidence</th>
      </tr>
    </thead>
    <tbody>
      ${ordered.map((score) => scoreRow(score))}
    </tbody>
  </table>`
}

function scoreRow(score: ScoreReport): Markup {
  const movement = movementOf(score)
  const judgement = movement?.judgement ?? 'different'
  return html`<tr>
    <th scope="row">
      ${scoreTitle(score)}
      <span class="quiet">${DIRECTION_WORDS[score.direction]}, ${DETECTOR_WORDS[score.detector]}</span>
    </th>
    <td data-label="Baseline">${windowValue(score, score.baseline, movement, 'baseline')}</td>
    <td data-label="Now">${windowValue(score, score.current, movement, 'current')}</td>
    <td class="plot">${intervalPlot(score)}</td>
    <td data-label="Shift">
      ${judgement === 'different' ? '' : html`<strong class="${judgement}">${JUDGEMENT_WORDS[judgement]}</strong> `}
      ${effectText(score) ?? 'unknown'}
    </td>
    <td class="number" data-label="Evidence">${numberText(score.evidence)}</td>
  </tr>`
}

function windowValue(
  score: ScoreReport,
  window: ScoreWindow,
  movement: Movement | undefined,
  name: 'baseline' | 'current',
): Markup {
  const records = html`<span class="quiet">${window.samples} records</span>`
  if (movement === undefined) return html`no value ${records}`
  const value = scoreValueText(movement[name], score)
  if (movement.category !== null) return html`${value} <bdi>${lineText(movement.category, 40)}</bdi> ${records}`
  const interval =
    window.low === null || window.high === null
      ? ''
      : html`<span class="quiet">${scoreValueText(window.low, score)} to ${scoreValueText(window.high, score)}</span>`
  return html`${value} ${interval} ${records}`
}
