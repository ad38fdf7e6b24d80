import { html } from 'hono/html'
import type { Attribution, FrozenComparison, SegmentFinding } from '../../domain/verdict.ts'
import { effectText } from './effect-text.ts'
import { dayText, numberText, percentText, scoreValueText, signText } from './format.ts'
import { lineText } from './hostile-text.ts'
import type { Markup } from './layout.ts'
import { movementOf } from './movement.ts'
import { scoreTitle } from './score-title.ts'
import { pointsText } from './share-bars.ts'

/** Scores whose movement is told in parts; the others moved less, in standard errors. */
const SCORES_SHOWN = 4
const ERRORS_OF_INTERVAL = 1.96

/** Scores that moved in one segment alone. Empty without any. */
export function findingTable(findings: readonly SegmentFinding[]): Markup {
  if (findings.length === 0) return html``
  return html`<table class="stack">
    <caption>
      Segments in which a score moved for itself: more evidence there than over all traffic
    </caption>
    <thead>
      <tr>
        <th scope="col">Segment</th>
        <th scope="col">Score</th>
        <th scope="col" class="baseline-text">Baseline</th>
        <th scope="col" class="current-text">Now</th>
        <th scope="col">Shift</th>
        <th scope="col" class="number">Evidence</th>
      </tr>
    </thead>
    <tbody>
      ${findings.map((finding) => findingRow(finding))}
    </tbody>
  </table>`
}

/** How much of each movement a new mix of inputs explains, and how much happened within segments. Empty without any. */
export function attributionTable(attribution: readonly Attribution[]): Markup {
  const shown = [...attribution].sort((a, b) => sureness(b) - sureness(a)).slice(0, SCORES_SHOWN)
  const [first] = shown
  if (first === undefined) return html``
  return html`<table class="stack">
      <caption>
        Where each movement comes from, over
        ${first.runs === 1 ? 'this run' : `the ${first.runs} runs since ${dayText(first.fromSlotAt)}`}, with 95 %
        intervals: a new mix of inputs, or other outputs for the same kind of input
      </caption>
      <thead>
        <tr>
          <th scope="col">Score</th>
          <th scope="col" class="number">Movement</th>
          <th scope="col" class="number">New mix</th>
          <th scope="col" class="number">Within segments</th>
          <th scope="col" class="number">Unseen segments</th>
          <th scope="col">Most from</th>
        </tr>
      </thead>
      <tbody>
        ${shown.map((one) => attributionRow(one))}
      </tbody>
    </table>
    <p class="quiet">
      The parts sum to the movement, but for what rounding and segments that are gone leave over. Movements of counts
      and times are in percent, whose parts multiply.
    </p>`
}

/** The newest runs against the frozen baseline, where a slow drift shows. Empty without any. */
export function frozenTable(comparisons: readonly FrozenComparison[]): Markup {
  const [first] = comparisons
  if (first === undefined) return html``
  return html`<table class="stack">
    <caption>
      The last ${first.runs} runs against the frozen baseline itself, with ${percentText(first.level)} intervals: a
      drift too slow for the evidence shows here
    </caption>
    <thead>
      <tr>
        <th scope="col">Score</th>
        <th scope="col" class="number">Difference</th>
        <th scope="col">Interval</th>
        <th scope="col">Tolerance</th>
        <th scope="col">Verdict</th>
      </tr>
    </thead>
    <tbody>
      ${comparisons.map((comparison) => frozenRow(comparison))}
    </tbody>
  </table>`
}

function findingRow(finding: SegmentFinding): Markup {
  const movement = movementOf(finding)
  const value = (name: 'baseline' | 'current'): Markup =>
    html`${movement === undefined ? 'no value' : scoreValueText(movement[name], finding)}
      <span class="quiet">${finding[name].samples} records</span>`
  const category = movement?.category ?? null
  return html`<tr>
    <th scope="row"><bdi>${lineText(finding.segment)}</bdi></th>
    <td data-label="Score">
      ${scoreTitle(finding)}${category === null ? '' : html` <bdi>${lineText(category, 40)}</bdi>`}
    </td>
    <td data-label="Baseline">${value('baseline')}</td>
    <td data-label="Now">${value('current')}</td>
    <td data-label="Shift">${effectText(finding) ?? 'unknown'}</td>
    <td class="number" data-label="Evidence">${numberText(finding.evidence)}</td>
  </tr>`
}

function attributionRow(one: Attribution): Markup {
  const { mix, within, mixError, withinError } = one
  const [strongest] = [...one.segments].sort((a, b) => size(b) - size(a))
  return html`<tr>
    <th scope="row">
      ${scoreTitle({ name: one.score })}${one.category === null ? '' : html` <bdi>${lineText(one.category, 40)}</bdi>`}
    </th>
    <td class="number" data-label="Movement">${moveText(one, one.total)}</td>
    <td class="number" data-label="New mix">${partText(one, mix, mixError)}</td>
    <td class="number" data-label="Within segments">${partText(one, within, withinError)}</td>
    <td class="number" data-label="Unseen segments">
      ${one.unseenShare === 0 ? 'none' : html`${moveText(one, one.unseen)} <span class="quiet">${percentText(one.unseenShare)} of the records</span>`}
    </td>
    <td data-label="Most from">
      ${strongest === undefined ? '–' : html`<bdi>${lineText(strongest.segment, 60)}</bdi> <span class="quiet">mix ${moveText(one, strongest.mix)}, within ${moveText(one, strongest.within)}</span>`}
    </td>
  </tr>`
}

function partText(one: Attribution, part: number | null, error: number | null): Markup {
  if (part === null || error === null) return html`unknown <span class="quiet">no segment on both sides</span>`
  const half = ERRORS_OF_INTERVAL * error
  return html`${moveText(one, part)}
    <span class="quiet">${moveText(one, part - half)} to ${moveText(one, part + half)}</span>`
}

/** A movement of a rate in points, of a count or a time in percent: those are sums of logarithms. */
function moveText({ kind }: Pick<Attribution, 'kind'>, move: number): string {
  if (kind !== 'score') return `${pointsText(move)} points`
  const percent = Number((100 * Math.expm1(move)).toFixed(1))
  return `${percent > 0 ? `+${percent}` : signText(percent)} %`
}

function frozenRow({
  score,
  kind,
  category,
  difference,
  low,
  high,
  tolerance,
  opensTicket,
  runs,
}: FrozenComparison): Markup {
  const value = (number: number): string =>
    kind === 'score' ? `${numberText(number)} sd` : `${pointsText(number)} points`
  const holdsZero = low <= 0 && high >= 0
  return html`<tr>
    <th scope="row">
      ${scoreTitle({ name: score })}${category === null ? '' : html` <bdi>${lineText(category, 40)}</bdi>`}
    </th>
    <td class="number" data-label="Difference">${value(difference)}</td>
    <td data-label="Interval">${value(low)} to ${value(high)} <span class="quiet">${runs} runs</span></td>
    <td data-label="Tolerance">
      ${kind === 'score' ? `${numberText(tolerance)} sd` : `${numberText(100 * tolerance)} points`}
    </td>
    <td data-label="Verdict">
      ${opensTicket ? html`<strong class="worse">▲ slow drift</strong>` : holdsZero ? 'no difference' : 'different, not by more than the tolerance for sure'}
    </td>
  </tr>`
}

function sureness({ total, mixError, withinError }: Attribution): number {
  const error = Math.hypot(mixError ?? 0, withinError ?? 0)
  return error === 0 ? 0 : Math.abs(total) / error
}

function size({ mix, within }: Attribution['segments'][number]): number {
  return Math.abs(mix) + Math.abs(within)
}
